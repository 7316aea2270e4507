"""HTTP of reference: the lists of a project."""

import re

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath

from mobile_contract.ids import is_id
from mobile_contract.problems import Refused
from mobile_contract.projects import NewVocabulary, Vocabularies, Vocabulary
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.reference.vocabularies import VocabularyRegister

VOCABULARY_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
VOCABULARY_BYTES = 200_000


@get(
    "/v1/projects/{project:str}/vocabularies",
    summary="列出词表 · List the lists of a project",
    description="列出为工程保存的词表。",
)
async def list_vocabularies(
    project: FromPath[str],
    caller: NamedDependency[Caller],
    vocabularies: NamedDependency[VocabularyRegister],
) -> Vocabularies:
    """List the lists (词表) that are kept for a project."""
    return await vocabularies.listed(caller, _id(project))


@put(
    "/v1/projects/{project:str}/vocabularies/{name:str}",
    summary="保存词表 · Keep a list of a project",
    description="以新词表取代原有的:材料、机械、部位,或表单所引用的任何词表。\n\n限工程的资料员、监理和管理员;手机经同步取得。",
    opt=declare("identity.forbidden", "projects.too_many_vocabularies", limit=VOCABULARY_BYTES),
)
async def keep_vocabulary(
    sent: NamedDependency[Body[NewVocabulary]],
    project: FromPath[str],
    name: FromPath[str],
    caller: NamedDependency[Caller],
    vocabularies: NamedDependency[VocabularyRegister],
) -> Vocabulary:
    """Put a list of a project in place of the one that was: materials, machines, locations, or any that a form names.

    Its clerks and supervisors, and administrators; phones get it on the feed.
    """
    if VOCABULARY_NAME.fullmatch(name) is None:
        raise Refused("request.not_found")
    new = await sent.read()
    return await vocabularies.keep(caller, _id(project), name, new)


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [list_vocabularies, keep_vocabulary]
