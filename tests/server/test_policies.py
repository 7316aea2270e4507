"""Who may do what, as tables: what each kind allows, which roles decide where, and what a grant lets one hold."""

from pathlib import Path

import pytest

from mobile_contract.identity import Role
from mobile_contract.ids import person_scope
from mobile_contract.records import Kind
from server.app import Program
from server.evidence.model import REVIEWERS
from server.identity import WORKER, Caller, system_caller
from server.identity.model import SYSTEM_SCOPE, HeldGrant, Holdings, check_grant
from server.kernel.settings import Settings
from server.reference.vocabularies import KEEPERS
from server.replication.parked import LOOKS_AFTER
from sync.policy import CONFLICT, PARKED, KindPolicy
from tests.support.refusals import refuses

FIELD = frozenset({Role.INSPECTOR, Role.CONTRACTOR, Role.CLERK, Role.SUPERVISOR})
PROGRAM, NONE = frozenset({Role.SYSTEM}), frozenset[str]()
SECTION, PROJECT = "section:01a1fe86-646e-71ef-a5eb-c1c7305cbdf4", "project:01a1fe86-646e-71ef-a5eb-c1c7305cbdf5"

#: Every kind, whole. A change here is a change of who may do what: it is meant, or it is a mistake.
POLICIES = {
    Kind.REPORT: KindPolicy(
        kind="report",
        writers=FIELD,
        append_only=False,
        fixed=frozenset({"form", "formVersion"}),
        highest=frozenset({"formVersion"}),
        repairers=frozenset({Role.CLERK, Role.SUPERVISOR}),
        signable=True,
        deletable=True,
        containers=frozenset({"fields"}),
    ),
    Kind.PHOTO: KindPolicy(kind="photo", writers=FIELD, append_only=True),
    Kind.CHECK_IN: KindPolicy(kind="checkIn", writers=FIELD, append_only=True),
    Kind.SCAN: KindPolicy(kind="scan", writers=FIELD, append_only=True, containers=NONE),
    Kind.EXTRACTION: KindPolicy(kind="extraction", writers=PROGRAM, containers=NONE),
    Kind.FORM: KindPolicy(kind="form", writers=PROGRAM, containers=NONE),
    Kind.VOCABULARY: KindPolicy(kind="vocabulary", writers=PROGRAM, containers=NONE),
}


def test_each_kind_allows_what_the_table_says_and_no_more(tmp_path: Path) -> None:
    program = Program(Settings(data_dir=str(tmp_path), embedded_worker=False))
    assert {row.policy.kind: row.policy for row in program.house.kinds()} == POLICIES
    assert set(POLICIES) | {CONFLICT.kind, PARKED.kind} == set(Kind)


@pytest.mark.parametrize("policy", [CONFLICT, PARKED])
def test_nobody_writes_what_belongs_to_the_protocol(policy: KindPolicy) -> None:
    assert policy == KindPolicy(kind=policy.kind)
    assert (policy.writers, policy.deletable, policy.signable) == (NONE, False, False)


def test_who_decides_about_what_others_sent() -> None:
    assert REVIEWERS == LOOKS_AFTER == {Role.CLERK, Role.SUPERVISOR}
    assert {Role.CLERK, Role.SUPERVISOR} == KEEPERS


def caller(*grants: HeldGrant, person: str = "p") -> Caller:
    return Caller(person=person, name="p", replica="r", grants=grants)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("scope", [SYSTEM_SCOPE, SECTION, PROJECT, person_scope("p")])
def test_administrators_are_so_in_the_system_and_everyone_else_elsewhere(role: Role, scope: str) -> None:
    if role is not Role.SYSTEM and (role is Role.ADMIN) == (scope == SYSTEM_SCOPE):
        check_grant(role, scope)
    else:
        with refuses("identity.unknown_scope"):
            check_grant(role, scope)


def test_a_grant_is_a_role_in_its_scope_and_reading_in_that_of_its_project() -> None:
    chen = caller(HeldGrant(role=Role.CONTRACTOR, scope=SECTION, parent=PROJECT))
    assert chen.scopes() == {SECTION, PROJECT, person_scope("p")}
    assert [chen.role_in(scope) for scope in (SECTION, PROJECT, SYSTEM_SCOPE)] == [{Role.CONTRACTOR}, NONE, NONE]
    assert [chen.holds(scope) for scope in (SECTION, PROJECT, person_scope("p"), SYSTEM_SCOPE)] == [True] * 3 + [False]
    chen.require(Role.CONTRACTOR, SECTION)
    for role, scope in ((Role.CLERK, SECTION), (Role.CONTRACTOR, PROJECT), (Role.SYSTEM, SECTION)):
        with refuses("identity.forbidden"):
            chen.require(role, scope)
    assert (chen.admin, chen.machine) == (False, False)
    with refuses("identity.forbidden"):
        chen.require_admin()


def test_an_administrator_administers_and_reads_nothing_by_that() -> None:
    root = caller(HeldGrant(role=Role.ADMIN, scope=SYSTEM_SCOPE))
    root.require_admin()
    assert (root.admin, root.machine, root.scopes()) == (True, False, frozenset({person_scope("p")}))
    assert not root.holds(SECTION)


def test_the_program_writes_everywhere_and_administers_nothing() -> None:
    worker = system_caller(WORKER)
    assert (worker.machine, worker.admin, worker.holds(SECTION)) == (True, False, True)
    assert worker.role_in(SECTION) == worker.role_in(SYSTEM_SCOPE) == PROGRAM
    worker.require(Role.SYSTEM, SECTION)
    with refuses("identity.forbidden"):
        worker.require(Role.CLERK, SECTION)
    with refuses("identity.forbidden"):
        worker.require_admin()
    assert not Holdings(person="another").machine
