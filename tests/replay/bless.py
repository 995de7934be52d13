"""`make bless`: replay everything, keep the event streams as what is expected, and print what has changed."""

from __future__ import annotations

import difflib

from tests.replay.streams import BLESSED, as_text, file_of, is_there, names, stream_of


def main() -> None:
    BLESSED.mkdir(exist_ok=True)
    for name in names():
        if not is_there(name):
            print(f"{name}: not here, left as it was")
            continue
        path, new = file_of(name), as_text(stream_of(name))
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), f"{name} before", f"{name} now", n=0, lineterm=""):
            print(line)
        path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
