"""Everything public, once: what the emitters write down and the tests hold to the rules of the wire.

A type that is in no table here is not part of the contract; a test says which one was forgotten.
"""

from enum import StrEnum
from typing import Any, Final

from mobile_contract import (
    archive,
    evidence,
    forms,
    identity,
    jobs,
    media,
    parked,
    problems,
    projects,
    records,
    repair,
    scans,
    sync,
)
from mobile_contract.base import Wire

#: Every type that travels, by the room it is of.
CATALOGUE: Final[tuple[type[Wire | StrEnum], ...]] = (
    # sync
    sync.SyncRequest,
    sync.SyncAnswer,
    sync.Create,
    sync.Patch,
    sync.Delete,
    sync.Sign,
    sync.Resolve,
    sync.Change,
    sync.Outcome,
    sync.Receipt,
    sync.Cursor,
    sync.Upsert,
    sync.Tombstone,
    sync.Left,
    sync.ScopeChecksum,
    sync.Notice,
    sync.Limits,
    # records
    records.Kind,
    records.Capture,
    records.CheckInValues,
    records.CheckInServer,
    records.PhotoValues,
    records.PhotoServer,
    records.ReportValues,
    records.SignedVersion,
    records.ValueChange,
    records.VersionChanges,
    records.Late,
    records.ReportServer,
    records.ScanValues,
    records.ScanServer,
    records.ProposedField,
    records.Flag,
    records.ExtractionValues,
    records.ExtractionServer,
    records.Candidate,
    records.ConflictValues,
    records.ParkedValues,
    records.ParkedServer,
    # archiving
    archive.ArchiveRecords,
    archive.ArchivedRecords,
    archive.RestoreRecord,
    # parked ops
    parked.ParkedList,
    parked.RetryParked,
    parked.ApplyParked,
    parked.DiscardParked,
    parked.ParkedState,
    # repair
    repair.BucketsAsked,
    repair.BucketSum,
    repair.BucketsAnswer,
    # media
    media.Datum,
    media.Position,
    media.Verdict,
    media.Doubt,
    media.Fence,
    media.FenceReading,
    media.Exif,
    media.MediaFacts,
    media.FileState,
    media.FileReceipt,
    media.UploadState,
    media.Upload,
    media.BlobsAsked,
    media.BlobsHeld,
    # evidence
    evidence.EvidenceState,
    evidence.EvidenceFlag,
    evidence.EvidenceItem,
    evidence.EvidenceList,
    evidence.EvidenceDecision,
    # forms
    forms.FormDefinition,
    forms.FieldType,
    forms.Merge,
    forms.Literal,
    forms.Ref,
    forms.Sum,
    forms.Arithmetic,
    forms.Compare,
    forms.Logic,
    forms.Selected,
    forms.If,
    forms.Days,
    forms.Round,
    forms.Choice,
    forms.Rule,
    forms.Field,
    forms.Note,
    forms.Group,
    forms.Repeat,
    forms.PhoneOnly,
    forms.PublishedForm,
    forms.FormList,
    forms.FormServer,
    forms.FormChange,
    forms.FormDifference,
    # projects
    projects.NewFence,
    projects.NewProject,
    projects.NewSection,
    projects.Section,
    projects.Project,
    projects.Projects,
    projects.NewVocabulary,
    projects.Vocabulary,
    projects.Vocabularies,
    # identity
    identity.Role,
    identity.Login,
    identity.Session,
    identity.NewEnrolment,
    identity.EnrolmentCode,
    identity.Enrol,
    identity.Grant,
    identity.Me,
    identity.NewPerson,
    identity.Person,
    identity.People,
    identity.Colleague,
    identity.Colleagues,
    identity.PasswordChange,
    identity.PasswordReset,
    identity.NewTotp,
    identity.TotpSetup,
    identity.TotpProof,
    identity.Device,
    identity.Devices,
    # scans
    scans.Confirmation,
    scans.Confirmed,
    # jobs
    jobs.DeadJob,
    jobs.DeadJobs,
    # problems
    problems.Problem,
    problems.ProblemDetails,
)

#: Named choices between types, by the tag that tells them apart.
UNIONS: Final[dict[str, Any]] = {
    "AnyOp": sync.AnyOp,
    "FeedEntry": sync.FeedEntry,
    "Item": forms.Item,
    "Expression": forms.Expression,
}

#: What the values and the server's part of a record hold, by its kind; None: nothing of its own.
KINDS: Final[dict[records.Kind, tuple[type[Wire], type[Wire] | None]]] = {
    records.Kind.REPORT: (records.ReportValues, records.ReportServer),
    records.Kind.PHOTO: (records.PhotoValues, records.PhotoServer),
    records.Kind.CHECK_IN: (records.CheckInValues, records.CheckInServer),
    records.Kind.SCAN: (records.ScanValues, records.ScanServer),
    records.Kind.EXTRACTION: (records.ExtractionValues, records.ExtractionServer),
    records.Kind.FORM: (forms.FormDefinition, forms.FormServer),
    records.Kind.VOCABULARY: (projects.Vocabulary, None),
    records.Kind.CONFLICT: (records.ConflictValues, None),
    records.Kind.PARKED: (records.ParkedValues, records.ParkedServer),
}

#: Fields that are read raw, so that one bad item never fails the rest, and what each item should be.
READ_RAW: Final[dict[tuple[type[Wire], str], str]] = {(sync.SyncRequest, "ops"): "AnyOp"}
