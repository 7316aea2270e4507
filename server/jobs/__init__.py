"""Jobs: durable work on the application's own database, delivered at least once.

``Jobs.enqueue`` is called inside a transaction; ``Worker`` runs handlers of the shape ``async (Job) -> None``.
"""

from server.jobs.domain import DOMAIN
from server.jobs.model import GiveUp, Handler, Job
from server.jobs.routes import ROUTES
from server.jobs.service import Jobs
from server.jobs.worker import Worker

__all__ = ["DOMAIN", "ROUTES", "GiveUp", "Handler", "Job", "Jobs", "Worker"]
