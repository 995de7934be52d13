"""What others may do with a reference lap: chosen by its owner, written into the file that they get."""

from __future__ import annotations

from enum import StrEnum


class Licence(StrEnum):
    """SPDX names, but for the first."""

    PERSONAL = "personal"
    CC0 = "CC0-1.0"
    CC_BY = "CC-BY-4.0"
    CC_BY_SA = "CC-BY-SA-4.0"
    CC_BY_NC = "CC-BY-NC-4.0"
    CC_BY_NC_SA = "CC-BY-NC-SA-4.0"

    @property
    def meaning(self) -> str:
        """In one line, for the page where it is chosen."""
        return {
            Licence.PERSONAL: "to be driven against only; nobody may pass it on",
            Licence.CC0: "anybody may do anything with it",
            Licence.CC_BY: "anybody may use and change it who names you",
            Licence.CC_BY_SA: "anybody who names you; what is made of it under the same licence",
            Licence.CC_BY_NC: "anybody who names you, but not to earn money",
            Licence.CC_BY_NC_SA: "anybody who names you, not to earn money; what is made of it under the same licence",
        }[self]

    @property
    def address(self) -> str:
        """Where the whole text stands; nothing for our own."""
        if self is Licence.PERSONAL:
            return ""
        if self is Licence.CC0:
            return "https://creativecommons.org/publicdomain/zero/1.0/"
        return f"https://creativecommons.org/licenses/{self.value.removeprefix('CC-').removesuffix('-4.0').lower()}/4.0/"
