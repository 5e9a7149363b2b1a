"""Which roots are trusted: AMD's, known by their keys, and one that the user names.

Source of the digests: the chains that AMD's key service offers at
https://kdsintf.amd.com/vcek/v1/<product>/cert_chain, as google/go-sev-guest (verify/trust) and
virtee/sev (src/certs/snp/builtin) carry them, which agree.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pyrunner.attestation.failures import Failure, Reason

if TYPE_CHECKING:
    from pyrunner.attestation.certificates import Certificate

AMD: Final = {
    "1249f67f15cf229a4069195e1a9ce537d1765ef706a1f4a1"
    "23c36be9518786515d25ecc007f366b564d2b3f31c48082e": "Milan",
    "32ab53a6ce5ec14926207396e5c475ae768a6a9831b7e860"
    "b5acf2e1c1dff222bc5a8bfc43eb5e06393189c1f246d880": "Genoa",
    "3475f08a9727f8ac9a1deaea5f2a2097aa59d64d05c2a678"
    "c229c873e6359d3a6926287a2a22cd5f88a385e333a2fcc5": "Turin",
}
"""SHA-384 of an AMD root key's (ARK's) SubjectPublicKeyInfo in DER -> product line."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a chain's root is worth.

    Attributes:
        root: its name.
        emulated: it is no root of AMD's: nothing of what it signs is protected by hardware.
        product: product line that the root is for; empty if emulated.
    """

    root: str
    emulated: bool
    product: str


def fingerprint(certificate: Certificate) -> str:
    """SHA-384 of a certificate's public key, hexadecimal."""
    return hashlib.sha384(certificate.public_key_der).hexdigest()


def trust_in(root: Certificate, named: Certificate | None) -> Trust | Failure:
    """Judge a chain's root.

    Args:
        root: the root of the chain that was offered.
        named: the root that the user named; AMD's are not trusted beside it.
    """
    if named is not None and fingerprint(named) != fingerprint(root):
        return Failure(
            Reason.OTHER_ROOT_NAMED,
            f"the chain ends in {root.subject}, not in the root that was named, {named.subject}",
        )
    if fingerprint(root) in AMD:
        product = AMD[fingerprint(root)]
        return Trust(f"ARK-{product}", emulated=False, product=product)
    if named is not None:
        return Trust(root.subject, emulated=True, product="")
    return _refusal(root)


def _refusal(root: Certificate) -> Failure:
    if "emulated" in root.subject.lower():
        return Failure(
            Reason.EMULATED_ROOT_NOT_NAMED,
            f"the chain ends in the emulated root {root.subject}, and no trust root was named",
        )
    return Failure(
        Reason.UNKNOWN_ROOT,
        f"the chain ends in {root.subject}, whose key is none of AMD's roots "
        f"({', '.join(AMD.values())}), and no trust root was named",
    )
