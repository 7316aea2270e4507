"""The row of this domain in the house."""

from server.kernel.domain import Domain
from server.proof import tables
from server.proof.service import Sealer

DOMAIN = Domain(
    name="proof",
    tables=(tables.leaves, tables.tree, tables.heads),
    services=lambda house: {"sealer": Sealer(house.db, house.settings, house.clock)},
)
