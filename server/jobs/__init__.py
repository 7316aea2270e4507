"""Jobs: durable work on the application's own database, delivered at least once.

``Jobs.enqueue`` is called inside a transaction; ``Worker`` runs the handlers that the rows of domains
list (``server.kernel.handling``).
"""

from server.jobs.domain import DOMAIN
from server.jobs.model import GiveUp
from server.jobs.routes import ROUTES
from server.jobs.service import Jobs
from server.jobs.worker import Worker
from server.kernel.handling import Handler, Job, Lane, Task, does

__all__ = ["DOMAIN", "ROUTES", "GiveUp", "Handler", "Job", "Jobs", "Lane", "Task", "Worker", "does"]
