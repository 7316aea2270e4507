"""Proof: the journal's rows as leaves of one Merkle tree with signed heads, and the examination of all of it."""

from server.proof.audit import Audit, audit
from server.proof.domain import DOMAIN
from server.proof.inclusion import inclusion
from server.proof.service import Sealer
from server.proof.standing import Standing, standing

__all__ = ["DOMAIN", "Audit", "Sealer", "Standing", "audit", "inclusion", "standing"]
