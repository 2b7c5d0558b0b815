"""What may be read at all: folders and hosts. The operator sets it; no caller can widen it.

How it is used: `AccessPolicy(roots=(Path.cwd(),))` goes into the `MediaLoader`. The default allows
neither files nor addresses. What it leaves out: numbers (`limits`) and the checks (`containment`,
`fetch`).
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Folders and hosts.

    Attributes:
        roots: The only local folders read; relative references start at the first. Empty: no files.
        allow_urls: Pictures may be fetched from http(s) addresses.
        allowed_url_hosts: When not empty, only these hosts (`example.org`, or `example.org:8443`
            for a port other than 80 and 443).
        allow_private_hosts: Addresses that are not public, and all ports, may be fetched too. For
            trying out only.
    """

    roots: tuple[Path, ...] = ()
    allow_urls: bool = False
    allowed_url_hosts: tuple[str, ...] = ()
    allow_private_hosts: bool = False
