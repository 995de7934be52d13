"""What the car can do, and the lap that follows from it."""
