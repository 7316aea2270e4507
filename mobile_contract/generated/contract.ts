// Written by python -m mobile_contract.emit: never by hand. A test compares it with the types it comes from.

/** JSON as the contract allows it: numbers are whole, |n| ≤ 2⁵³−1. */
export type Value = string | number | boolean | null | readonly Value[] | Values;
export type Values = { readonly [name: string]: Value };

/**
 * The body up. ``ops`` is decoded one by one, so that one bad op never fails the rest.
 *
 * ``phone`` is what the phone says of itself, for the desk; it decides nothing.
 */
export type SyncRequest = {
  clock: string;
  cursor?: Cursor;
  ops?: readonly AnyOp[];
  phone?: PhoneReport | null;
};

/** The body down. ``checksums`` come when ``more`` is false; ``dropped`` are scopes whose copies must go. */
export type SyncAnswer = {
  serverTime: string;
  receipts?: readonly Receipt[];
  changes?: readonly FeedEntry[];
  cursor: Cursor;
  more?: boolean;
  dropped?: readonly string[];
  checksums?: readonly ScopeChecksum[];
  notices?: readonly Notice[];
  limits?: Limits;
};

/** Make a record. If it exists already (natural key), its values merge as a patch of an empty base. */
export type Create = {
  action: 'create';
  opId: string;
  n: number;
  scope: string;
  kind: string;
  id: string;
  at: string;
  unit?: string | null;
  values: Values;
};

/** Set fields, rows and cells of a record; a null value removes. */
export type Patch = {
  action: 'patch';
  opId: string;
  n: number;
  scope: string;
  kind: string;
  id: string;
  at: string;
  unit?: string | null;
  set: { readonly [name: string]: Change };
};

/** Delete a record whose values have ``was_digest``; if they moved, the delete becomes a conflict. */
export type Delete = {
  action: 'delete';
  opId: string;
  n: number;
  scope: string;
  kind: string;
  id: string;
  at: string;
  unit?: string | null;
  wasDigest: string;
};

/** Sign the values that have ``digest``. Parked if the record moved or has open conflicts. */
export type Sign = {
  action: 'sign';
  opId: string;
  n: number;
  scope: string;
  kind: string;
  id: string;
  at: string;
  unit?: string | null;
  digest: string;
};

/**
 * Settle a conflict record: ``seen`` names the op ids of all candidates its author looked at.
 *
 * ``standing`` is the standing value they saw; if it is another by now, the conflict stays open. Left out: not looked
 * at. ``reason`` is why they chose so.
 */
export type Resolve = {
  action: 'resolve';
  opId: string;
  n: number;
  scope: string;
  kind: string;
  id: string;
  at: string;
  unit?: string | null;
  seen: readonly string[];
  value?: Value;
  standing?: Value;
  reason?: string | null;
};

/** A new value and the one its author saw: in full, or as its digest (``values.digest``) when it is long. */
export type Change = {
  value?: Value;
  was?: Value;
  wasDigest?: string | null;
};

/** What became of an op. There is no fifth outcome. */
export type Outcome = 'applied' | 'merged' | 'conflict' | 'parked';

/** A value that was kept although its form does not admit it: its path, and a ``field.…`` code of ``problems``. */
export type FieldFlag = {
  path: string;
  code: string;
};

/**
 * The outcome of an op; it never changes. ``code`` is a code of ``problems``; ``conflicts`` are record ids.
 *
 * ``warnings`` are flags of what this op set, the first 20.
 */
export type Receipt = {
  opId: string;
  n: number;
  outcome: Outcome;
  code: string;
  rev?: number | null;
  conflicts?: readonly string[];
  params?: { readonly [name: string]: string };
  warnings?: readonly FieldFlag[];
};

/**
 * How far a replica has read. Opaque: send back what the last answer gave, unread and unchanged.
 *
 * ``listing`` holds, for a scope that is being listed from its beginning, the head it had when that began.
 */
export type Cursor = {
  epoch?: string;
  seqs?: { readonly [name: string]: number };
  listing?: { readonly [name: string]: number };
};

/** A record as it now is. ``digest`` is that of ``values``. */
export type Upsert = {
  type: 'upsert';
  seq: number;
  scope: string;
  kind: string;
  id: string;
  rev: number;
  digest: string;
  values: Values;
  server: Values;
};

/** A record that was deleted. */
export type Tombstone = {
  type: 'tombstone';
  seq: number;
  scope: string;
  kind: string;
  id: string;
  rev: number;
};

/** A record that moved out of this scope. */
export type Left = {
  type: 'left';
  seq: number;
  scope: string;
  kind: string;
  id: string;
  rev: number;
};

/** Sum mod 2⁶⁴ of SHA-256(id ‖ rev ‖ digest)[:8] over the live records of a scope, as 16 hex digits, and a count. */
export type ScopeChecksum = {
  scope: string;
  atSeq: number;
  sum: string;
  count: number;
};

/** Something the phone should know or do: a code of ``problems`` with its parameters. */
export type Notice = {
  code: string;
  params?: { readonly [name: string]: string };
};

/**
 * The limits in force. A setting may raise them, never undercut ``MINIMUM_LIMITS``.
 *
 * For ``replay_days`` a phone keeps the ops that were answered, to send them again when the server was restored; for
 * as long the feed tells of what was deleted or has left.
 */
export type Limits = {
  opsPerExchange?: number;
  opsPerUnit?: number;
  opBytes?: number;
  recordBytes?: number;
  requestBytes?: number;
  pageEntries?: number;
  pageBytes?: number;
  uploadBytes?: number;
  replayDays?: number;
};

/** The name of each kind as it stands in ops and feed entries. */
export type Kind = 'report' | 'photo' | 'checkIn' | 'scan' | 'extraction' | 'form' | 'vocabulary' | 'conflict' | 'parked';

/**
 * When a thing was captured: the device's wall time with offset (RFC 3339), and what was known of its error.
 *
 * ``clock_offset_ms`` is server time minus device time as the phone last measured it at an exchange.
 */
export type Capture = {
  at: string;
  clockOffsetMs?: number | null;
};

/** A person was at a place (append-only). */
export type CheckInValues = {
  captured: Capture;
  position: Position;
  note?: string;
};

/**
 * Who checked in, the site's day it belongs to, the fence verdict, and the flags for review.
 *
 * ``exchange_offset_ms``: server time minus the phone's at the exchange that brought it, where the capture said
 * another.
 */
export type CheckInServer = {
  receivedAt: string;
  businessDate: string;
  by?: string | null;
  exchangeOffsetMs?: number | null;
  handedIn?: HandedIn | null;
  fence?: FenceReading | null;
  flags?: readonly EvidenceFlag[];
};

/**
 * How a capture was handed in, where that speaks against its time; moments are those of the server.
 *
 * ``desk``: by a session at the desk, on no enrolled phone. ``enrolled_at``: when its phone was enrolled, if later.
 * ``online_at``: when its phone had last handed in what it had until then, without this, if later. ``previous_at``:
 * when, by its own clock, its phone wrote what it wrote before this, if later.
 */
export type HandedIn = {
  desk?: boolean;
  enrolledAt?: string | null;
  onlineAt?: string | null;
  previousAt?: string | null;
};

/** A photograph (append-only); ``place`` is a stake or part, e.g. ``K0+620``. */
export type PhotoValues = {
  blob: string;
  captured: Capture;
  fileName?: string;
  position?: Position | null;
  place?: string;
  note?: string;
  report?: string | null;
};

/**
 * Who took a photograph, the site's day, the receipt of its bytes, and the flags for review.
 *
 * ``watermarked`` is the SHA-256 of the captioned copy (水印照片), to be had at ``/v1/photos/<id>/watermarked``.
 * ``exchange_offset_ms``: server time minus the phone's at the exchange that brought it, where the capture said
 * another.
 */
export type PhotoServer = {
  receivedAt: string;
  businessDate: string;
  by?: string | null;
  exchangeOffsetMs?: number | null;
  handedIn?: HandedIn | null;
  files?: readonly FileReceipt[];
  flags?: readonly EvidenceFlag[];
  watermarked?: string | null;
};

/**
 * A filled form. ``fields`` is flat by field name; a repeat is ``{rowId: {name: value}}``.
 *
 * ``reason`` says why a signed report is amended; it is set together with the amendment.
 */
export type ReportValues = {
  form: string;
  formVersion: number;
  fields: Values;
  reason?: string | null;
};

/** A version that was signed; ``values`` is what was signed, and its digest is the record's at that moment. */
export type SignedVersion = {
  version: number;
  digest: string;
  by: string;
  at: string;
  values: Values;
};

/** One field, or one cell of one row, that differs between two versions; ``null``: there was none. */
export type ValueChange = {
  path: string;
  before?: Value;
  after?: Value;
};

/** What changed in a record from one signed version to another; ``until`` 0: to the values as they are now. */
export type VersionChanges = {
  record: string;
  since: number;
  until: number;
  changes: readonly ValueChange[];
};

/**
 * A report was written late (补录), never because it came late: ``written_at`` by its writer's corrected clock.
 *
 * ``minutes`` have passed since its day – its night shift – was over.
 */
export type Late = {
  writtenAt: string;
  minutes: number;
};

/**
 * What the server says of a report. The last of ``signed`` is in force; later edits are a draft amendment.
 *
 * ``extraction`` is what a report was made of whose source is ``scan``: the page, the readings and who confirmed them.
 * ``removed`` are rows that were removed lately, the latest last. ``field_flags`` are values that are kept although
 * the form does not admit them, the first 100. ``deleted_by`` is the person who deleted it, while it is deleted.
 */
export type ReportServer = {
  receivedAt: string;
  openConflicts?: readonly string[];
  removed?: readonly Removed[];
  deletedBy?: string | null;
  fieldFlags?: readonly FieldFlag[];
  signed?: readonly SignedVersion[];
  source?: string;
  late?: Late | null;
  extraction?: string | null;
  review?: ReportReview | null;
  files?: readonly FileReceipt[];
};

/**
 * A page of a scan that a person arranged: page ``page`` of the file ``file``, both from 0.
 *
 * It is turned by ``turn`` degrees clockwise (90, 180, 270) from how the machine would lay it.
 */
export type ArrangedPage = {
  file: number;
  page?: number;
  turn?: number;
};

/**
 * Pages of paper, in order, each a blob (append-only).
 *
 * A clerk arranges pages anew by making a scan of them: ``arranged`` are its pages, in the files ``pages``, and
 * ``sources`` the scans that they are from. ``form`` and ``form_version`` are what a person says the paper is.
 */
export type ScanValues = {
  pages: readonly string[];
  captured: Capture;
  note?: string;
  arranged?: readonly ArrangedPage[];
  sources?: readonly string[];
  form?: string | null;
  formVersion?: number | null;
};

/** Who put a scan aside, when, and why. */
export type ScanRejection = {
  by: string;
  at: string;
  reason: string;
};

/**
 * How far a scan has come: not all of its bytes are here, it waits for its turn, it was read, it could not be.
 *
 * ``arranged``: its pages are those of other scans now. ``rejected``: a clerk put it aside, with a reason.
 */
export type ScanState = 'waiting' | 'queued' | 'read' | 'failed' | 'arranged' | 'rejected';

/**
 * How far a scan has come: ``waiting`` for bytes, ``queued``, ``read`` or ``failed`` (with a problem code).
 *
 * ``pages_read`` of ``pages`` are done while it is read; a file of many pages counts as one until it is opened. ``by``
 * is who brought it. ``counts`` are the pages of each file. ``into`` are the scans that its pages went into.
 */
export type ScanServer = {
  receivedAt: string;
  state: ScanState;
  by?: string | null;
  files?: readonly FileReceipt[];
  extraction?: string | null;
  problem?: string | null;
  pages?: number | null;
  pagesRead?: number | null;
  counts?: readonly number[];
  into?: readonly string[];
  rejected?: ScanRejection | null;
};

/**
 * Values that are read, and judged, alike: ``moment`` is a date or time, ``name`` comes from a list.
 *
 * ``code`` is an identifier, ``words`` an amount in words, ``check`` what is ticked, ``blank`` an answer left empty.
 */
export type ValueKind = 'text' | 'name' | 'code' | 'words' | 'money' | 'number' | 'moment' | 'check' | 'blank';

/**
 * Whether a person must look at a proposed value.
 *
 * ``accepted``: sure enough for the threshold in force; a clerk need not stop there. ``audit``: as sure, but drawn at
 * random to be looked at all the same. All others are ``due``. On the wire it is the member ``review`` of a value.
 */
export type Scrutiny = 'due' | 'accepted' | 'audit';

/**
 * One value that the machine proposes.
 *
 * ``path`` is the report path it would set (``fields/amount`` or ``fields/items/3/quantity`` with the row's ordinal);
 * ``box`` is left, top, right, bottom in pixels of the rectified page at 200 dpi; ``confidence`` is in thousandths;
 * ``readings`` are the raw texts by source (``crop``, ``page``, ``ink``); ``rule`` names what changed the text;
 * ``grounds`` are the whole numbers from which the confidence follows under the extraction's fit.
 */
export type ProposedField = {
  path: string;
  value?: Value;
  confidence: number;
  page: number;
  box: readonly [number, number, number, number];
  readings?: { readonly [name: string]: string };
  rule?: string | null;
  kind?: ValueKind | null;
  grounds?: { readonly [name: string]: number };
  review?: Scrutiny;
};

/** Something a person should look at: a code of ``problems``, the paths it concerns, and what was compared. */
export type Flag = {
  code: string;
  paths?: readonly string[];
  params?: { readonly [name: string]: string };
  suggestion?: Value;
};

/**
 * A line of text on a page of an unknown form.
 *
 * Here and below ``box`` is left, top, right, bottom in pixels of the page in ``rectified``, and ``confidence`` is in
 * thousandths.
 */
export type FoundLine = {
  text: string;
  page: number;
  box: readonly [number, number, number, number];
  confidence: number;
};

/** A check box with the words beside it, and whether there is ink in it. */
export type FoundChoice = {
  text: string;
  checked: boolean;
};

/**
 * A label with what is written beside it; ``value`` is empty where nothing is. ``group`` is the heading above.
 *
 * ``box`` holds the value, ``key_box`` the label; of a question with check boxes ``value`` names those with ink.
 */
export type FoundPair = {
  key: string;
  value: string;
  page: number;
  box: readonly [number, number, number, number];
  keyBox: readonly [number, number, number, number];
  confidence: number;
  choices?: readonly FoundChoice[];
  group?: string;
};

/** A cell of a table, by its row and column (from 0); ``text`` is empty where nothing was read. */
export type FoundCell = {
  row: number;
  column: number;
  text: string;
  box: readonly [number, number, number, number];
  confidence: number;
};

/** A table: ruled, or of lines that stand below each other. Row 0 names the columns; ``label`` stands above it. */
export type FoundTable = {
  page: number;
  box: readonly [number, number, number, number];
  rows: number;
  columns: number;
  cells: readonly FoundCell[];
  label?: string;
  ruled?: boolean;
};

/** What a clerk decided about an extraction: nothing yet, that it is a report, or that it is none. */
export type ExtractionState = 'proposed' | 'confirmed' | 'discarded';

/**
 * What the machine read from a scan. ``state`` is ``proposed`` until a clerk confirms or discards it.
 *
 * ``fit`` is the version of the fit under which its confidences were given.
 * ``rectified`` are the pages laid flat, in the order of the scan, and ``boxed`` the same with the boxes of what was
 * read drawn on them: SHA-256 of blobs. ``serial`` is that of the sheet, as its QR code says it. ``lines``,
 * ``tables`` and ``pairs`` are what stands on pages whose form is not known, bounded in number; ``text`` is the blob
 * (UTF-8) with all of their text.
 */
export type ExtractionValues = {
  scan: string;
  form?: string | null;
  formVersion?: number | null;
  engine: string;
  fit?: string | null;
  fields?: readonly ProposedField[];
  flags?: readonly Flag[];
  rectified?: readonly string[];
  boxed?: readonly string[];
  lines?: readonly FoundLine[];
  tables?: readonly FoundTable[];
  pairs?: readonly FoundPair[];
  text?: string | null;
  state?: ExtractionState;
  report?: string | null;
  serial?: string;
};

/** What a person put in the place of a proposed value, or where none was proposed; ``null``: nothing. */
export type Correction = {
  value?: Value;
  by: string;
  at: string;
};

/**
 * Who decided about an extraction, when, and what they put right, by path; absent while it is ``proposed``.
 *
 * The person who decided looked at every value but those whose review is ``accepted`` and that are not corrected.
 * ``duplicates`` names the pairs (``/v1/duplicates/<id>``) that a person must decide about before it is confirmed.
 */
export type ExtractionServer = {
  receivedAt: string;
  decidedBy?: string | null;
  decidedAt?: string | null;
  duplicates?: readonly string[];
  corrections?: { readonly [name: string]: Correction };
};

/** A value that an op set and that did not become the record's; ``n`` is the number of its op. */
export type Candidate = {
  value?: Value;
  opId: string;
  n?: number;
  by: string;
  at: string;
  deviceTime?: string | null;
};

/** Whether a person has chosen among the candidates of a conflict; new candidates open a resolved one again. */
export type ConflictState = 'open' | 'resolved';

/** A row or a whole repeat that went away: its path, and by whom and when, as far as that is known. */
export type Gone = {
  path: string;
  by?: string | null;
  at?: string | null;
};

/** A row, or a whole repeat, that was removed: kept so that it can come back whole. ``value`` is what it held. */
export type Removed = {
  path: string;
  value: Values;
  by: string;
  at: string;
};

/**
 * One field of one record on which people disagree; ``candidates`` is keyed by replica.
 *
 * ``standing`` is the record's value, which stays until a person resolves. ``state`` is ``open`` or ``resolved``.
 * ``gone``: the row of the field went away; a value that is chosen then brings it back whole. ``came_back``: another
 * choice brought it back, and ``standing`` is what stood in it before. ``at`` is when it was resolved, ``reason`` why.
 */
export type ConflictValues = {
  record: string;
  kind: string;
  path: string;
  standing?: Value;
  gone?: Gone | null;
  cameBack?: boolean;
  candidates: { readonly [name: string]: Candidate };
  state?: ConflictState;
  chosen?: Value;
  resolvedBy?: string | null;
  at?: string | null;
  reason?: string | null;
};

/** When a conflict began, and the receipts of the files that its candidates name. */
export type ConflictServer = {
  receivedAt: string;
  files?: readonly FileReceipt[];
};

/** A page of conflicts, the oldest first: feed entries of kind ``conflict``. ``next``: the ``after`` of the next. */
export type ConflictList = {
  conflicts: readonly Upsert[];
  next?: string;
};

/**
 * Settle a conflict with a value: a candidate's, the standing one, or another; null removes.
 *
 * ``seen`` names the op ids of all candidates one looked at, ``standing`` the standing value one saw; if there are
 * others by now, it stays open.
 */
export type ResolveConflict = {
  seen: readonly string[];
  value?: Value;
  standing?: Value;
  reason?: string | null;
};

/** How a conflict stands after a decision; ``code`` says what became of it, or why it is still open. */
export type ConflictDecision = {
  id: string;
  state: ConflictState;
  code: string;
};

/**
 * An op kept whole because it could not be applied. ``op`` is it verbatim; ``raw`` base64 when it was no JSON.
 *
 * ``state`` is ``waiting``, ``applied`` or ``discarded``; ``code`` is why it is parked, ``result`` the code with which
 * it was applied. Without ``settled_by`` no person settled it: the record that it waited for came. ``applied_op`` is
 * the id of the corrected op that was applied in its place.
 */
export type ParkedValues = {
  opId?: string | null;
  code: string;
  detail?: string;
  op?: Value;
  raw?: string | null;
  state?: ParkedOpState;
  result?: string | null;
  settledBy?: string | null;
  settledAt?: string | null;
  reason?: string | null;
  appliedOp?: string | null;
};

/** Who sent a parked op, under which replica, when it came, and the receipts of the files that it names. */
export type ParkedServer = {
  receivedAt: string;
  by: string;
  replica: string;
  files?: readonly FileReceipt[];
};

/** When a list of a project was first put on the feed. */
export type VocabularyServer = {
  receivedAt: string;
};

/** Move records, with the conflicts about them, to the archive of their scope; or ``back``. */
export type ArchiveRecords = {
  records: readonly string[];
  back?: boolean;
};

/** How many records moved; those that were there already, or are deleted, stay where they are. */
export type ArchivedRecords = {
  moved: number;
};

/** Bring a deleted record back. */
export type RestoreRecord = {
  reason: string;
};

/** The verdict of a supervisor on a report: seen without objection, sent back to be corrected, or approved. */
export type ReviewState = 'reviewed' | 'returned' | 'approved';

/**
 * The latest review of a report, of the values with ``digest``.
 *
 * ``reason`` is why it was returned, ``fields`` what is to be corrected where: a reason by path.
 */
export type ReportReview = {
  state: ReviewState;
  digest: string;
  by: string;
  at: string;
  reason?: string;
  fields?: { readonly [name: string]: string };
};

/** Review the values that have ``digest``; returning them takes a reason, of the whole or of a field. */
export type ReviewReport = {
  state: ReviewState;
  digest: string;
  reason?: string;
  fields?: { readonly [name: string]: string };
};

/** One of many reviews: of the report ``id``. */
export type ReviewOfReport = {
  id: string;
  review: ReviewReport;
};

/** Review many reports, each as it was seen and each by itself: what is refused of one changes no other. */
export type ReviewReports = {
  reviews: readonly ReviewOfReport[];
};

/**
 * Review what matches a filter, also what no page has shown: the oldest ``most`` of it, each as it is now.
 *
 * With ``matching.as_of`` of a list, only what has not changed since that list.
 */
export type ReviewMatching = {
  matching: ReportFilter;
  state: ReviewState;
  reason?: string;
  most?: number;
};

/** What became of one report: its ``review``, or the ``code`` and ``params`` of the problem it was refused with. */
export type ReviewResult = {
  id: string;
  review?: ReportReview | null;
  code?: string | null;
  params?: { readonly [name: string]: string };
};

/** What became of each report, in the order asked; ``more``: the filter matches more than were taken. */
export type ReviewResults = {
  results: readonly ReviewResult[];
  more?: boolean;
};

/** Where a report stands in its review: ``waiting`` for one – never reviewed, or changed since – or its verdict. */
export type ReportState = 'waiting' | 'reviewed' | 'returned' | 'approved';

/** Whether what a report holds is signed; ``amending``: a signed version is in force, and a draft stands beside. */
export type Signature = 'none' | 'signed' | 'amending';

/**
 * Which reports are meant; a member that is left out leaves its question open.
 *
 * ``project`` means its sections, ``scope`` one of them. ``since`` and ``until`` are days, both included. ``author``
 * is the id of who first wrote it, ``person`` the name that the report gives as responsible. ``late``, ``conflicts``
 * and ``flags``: has it, or has it not. ``as_of``: only what has not changed after that moment (RFC 3339, as a list
 * gives it).
 */
export type ReportFilter = {
  project?: string | null;
  scope?: string | null;
  form?: string | null;
  since?: string | null;
  until?: string | null;
  author?: string | null;
  person?: string | null;
  state?: ReportState | null;
  signature?: Signature | null;
  late?: boolean | null;
  conflicts?: boolean | null;
  flags?: boolean | null;
  asOf?: string | null;
};

/**
 * A report as a list shows it.
 *
 * ``day`` is its business date, or the site's day on which it came where its form has none. ``author`` first wrote it;
 * ``person`` is who it names as responsible. ``late``: minutes after its day was over (补录). ``conflicts``: fields
 * people disagree on; ``flags``: values that its form does not admit. ``digest`` is what a review names.
 */
export type ReportRow = {
  id: string;
  scope: string;
  form: string;
  formVersion: number;
  day: string;
  number?: string | null;
  author: string;
  person?: string | null;
  receivedAt: string;
  changedAt: string;
  state: ReportState;
  signature?: Signature;
  late?: number | null;
  conflicts?: number;
  flags?: number;
  rev: number;
  digest: string;
};

/** How people name a scope: its project, and of a section its name and who builds it. */
export type PlaceName = {
  project: string;
  projectName: string;
  section?: string;
  contractor?: string;
};

/**
 * A page of reports; ``next`` is the ``after`` of the next page, empty on the last.
 *
 * ``forms``, ``places`` and ``people`` name what the rows mention: titles by form, places by scope, names by person.
 * ``as_of`` is the moment of the page.
 */
export type ReportRows = {
  rows: readonly ReportRow[];
  next?: string;
  asOf: string;
  forms?: { readonly [name: string]: { readonly [name: string]: string } };
  places?: { readonly [name: string]: PlaceName };
  people?: { readonly [name: string]: string };
};

/**
 * How many reports match, and how many of the same without their ``state``, ``late``, ``conflicts``, ``flags``.
 *
 * Only what the caller may read is counted. Counting ends at ``most``: a figure that is as large means that many or
 * more.
 */
export type ReportCounts = {
  matching: number;
  waiting: number;
  reviewed: number;
  returned: number;
  approved: number;
  late: number;
  conflicts: number;
  flags: number;
  most: number;
  asOf: string;
};

/** What a day of a form that is kept by the day is: there, there but written late, not there, or still to come. */
export type CalendarMark = 'received' | 'late' | 'missing' | 'due';

/** A day of a section's calendar; ``report`` and what follows only where there is one. */
export type CalendarDay = {
  day: string;
  mark: CalendarMark;
  report?: string | null;
  state?: ReportState | null;
  signature?: Signature | null;
  conflicts?: number;
  flags?: number;
};

/**
 * A section's month. ``expected`` days are over or today; of those ``received`` are there and ``missing`` are not.
 *
 * ``days``: those that are expected, and those that came without being so, by day. A log is expected from the day of
 * 开工 (``began``) – without one, from the day on which the section was made – to today.
 */
export type CalendarSection = {
  scope: string;
  section: string;
  contractor: string;
  project: string;
  expected: number;
  received: number;
  late: number;
  missing: number;
  days: readonly CalendarDay[];
};

/** A form of which each section files one a day. */
export type DailyForm = {
  id: string;
  title: { readonly [name: string]: string };
};

/**
 * Expected against received: the sections of a page by id, for one form and month.
 *
 * ``forms`` are those that are kept by the day; ``next`` is the ``after`` of the next page, empty on the last.
 */
export type ReportCalendar = {
  month: string;
  form: string;
  forms: readonly DailyForm[];
  sections?: readonly CalendarSection[];
  next?: string;
  asOf: string;
};

/**
 * One thing that happened, named as the journal names it: ``report.patch``, ``record.annotated``.
 *
 * ``subject`` is what it happened to: the record, a conflict about it, or the reading it was made of. Of an op:
 * ``outcome`` and ``code`` of its receipt, ``written_at`` by its device's clock, and the first 100 ``changes``, each
 * with the value its author saw (what was chosen in a conflict has no path); of those named in ``cut`` the values are
 * too long to be shown. ``members`` are what the server set, ``review`` the verdict among them. ``reason`` is what a
 * person gave.
 */
export type TimelineEntry = {
  at: string;
  by: string;
  event: string;
  subject: string;
  outcome?: Outcome | null;
  code?: string | null;
  writtenAt?: string | null;
  changes?: readonly ValueChange[];
  cut?: readonly string[];
  members?: readonly string[];
  review?: ReportReview | null;
  reason?: string | null;
};

/** A page of what happened, with the names of who did it; ``next``: the ``after`` of the next page. */
export type Timeline = {
  entries: readonly TimelineEntry[];
  next?: string;
  people?: { readonly [name: string]: string };
};

/** What became of a parked op: nothing yet, it was applied after all, or a person will not have it applied. */
export type ParkedOpState = 'waiting' | 'applied' | 'discarded';

/** A page of parked ops, the oldest first; ``next`` is the ``after`` of the next page, empty on the last. */
export type ParkedList = {
  parked: readonly Upsert[];
  next?: string;
};

/** Try a parked op – with the others of its unit – once more, under its author and the authority they have now. */
export type RetryParked = {
  reason?: string | null;
};

/**
 * Apply a parked op under the authority of the person who decides; its author is kept.
 *
 * ``op`` is the op as it should have been, without ``opId`` and ``n``, which the server gives; none: as it came.
 */
export type ApplyParked = {
  op?: Values | null;
  reason?: string | null;
};

/** Do not apply a parked op, ever. It stays readable, with the reason. */
export type DiscardParked = {
  reason: string;
};

/** Have a discarded parked op wait again: it was discarded by mistake. */
export type ReopenParked = {
  reason: string;
};

/**
 * How a parked op stands after a decision: ``state`` as in ``records.ParkedValues``.
 *
 * ``code`` says what became of it: the code it was applied with, or why it is still waiting.
 */
export type ParkedState = {
  id: string;
  state: ParkedOpState;
  code: string;
};

/** Ask for the sums of a scope's buckets, or for the records of some, those with an id beyond ``after``. */
export type BucketsAsked = {
  scope: string;
  buckets?: readonly string[];
  after?: string;
};

/** Sum and count of a bucket's live records, as ``sync.ScopeChecksum`` has them for the whole scope. */
export type BucketSum = {
  sum: string;
  count: number;
};

/** Sums by bucket – the empty ones are left out – or records by id; ``more``: there are records beyond the last. */
export type BucketsAnswer = {
  epoch: string;
  scope: string;
  buckets?: { readonly [name: string]: BucketSum };
  records?: readonly Upsert[];
  more?: boolean;
};

/** The geodetic datum a position was given in. CGCS2000 equals WGS84 at the accuracy of a phone. */
export type Datum = 'WGS84' | 'GCJ02' | 'BD09';

/** A fix as the phone had it: latitude and longitude in 10⁻⁷ degree, accuracy in centimetres (68 %). */
export type Position = {
  lat: number;
  lon: number;
  datum: Datum;
  accuracyCm?: number | null;
  provider?: string | null;
  mock?: boolean;
};

/** Where a fix lies relative to a fence, its accuracy counted. */
export type Verdict = 'inside' | 'outside' | 'uncertain';

/**
 * Why a verdict is uncertain, or a position proves nothing.
 *
 * ``nowhere``: 0°, 0°, what programs write that have no fix. ``notFixed``: the receiver itself said so.
 * ``otherDatum``: outside as WGS-84, which it claims to be, and inside as GCJ-02 or BD-09, as maps in China give.
 */
export type Doubt = 'noAccuracy' | 'crossesEdge' | 'nowhere' | 'notOnEarth' | 'swappedAxes' | 'notFixed' | 'mock' | 'otherDatum';

/**
 * A circle, or a polygon; in WGS-84, 10⁻⁷ degree. ``version`` grows with each change.
 *
 * A circle has its centre and ``radius_cm``; a polygon its centroid and ``rings``: the outer one, then the holes.
 */
export type Fence = {
  id: string;
  version: number;
  lat: number;
  lon: number;
  radiusCm?: number | null;
  rings?: readonly (readonly (readonly [number, number])[])[];
};

/**
 * The verdict of one fix against one version of one fence; ``lat`` and ``lon`` are the fix in WGS-84.
 *
 * ``distance_cm`` is measured to the centre; ``edge_cm`` to the nearest edge, positive inside and negative outside.
 * ``mock`` says that the phone called the fix a made-up one.
 */
export type FenceReading = {
  fence: string;
  fenceVersion: number;
  verdict: Verdict;
  doubt?: Doubt | null;
  mock?: boolean;
  distanceCm: number;
  edgeCm: number;
  lat: number;
  lon: number;
};

/**
 * What a camera wrote into a file: strangers' words, bounded, never trusted.
 *
 * ``taken_at`` and ``changed_at`` (the last change by a camera or an editor) are wall times as written, with an offset
 * only if one was written; ``gps_at`` is the satellites' time in UTC. Positions are in 10⁻⁷ degree as written, in the
 * ``datum`` that the file names (cameras mostly name none, or WGS-84). ``orientation`` is the tag's number, 1 to 8.
 * ``doubt`` says why a position that stands there is none.
 */
export type Exif = {
  takenAt?: string | null;
  changedAt?: string | null;
  gpsAt?: string | null;
  lat?: number | null;
  lon?: number | null;
  datum?: string | null;
  accuracyCm?: number | null;
  doubt?: Doubt | null;
  make?: string | null;
  model?: string | null;
  software?: string | null;
  orientation?: number | null;
};

/**
 * What the bytes of a file say, found when they arrived.
 *
 * ``media_type`` is what the file is, whatever it was declared to be. ``width`` and ``height`` are the pixels of the
 * upright picture, or of a video as it is stored; ``frames`` the pictures or pages in the file; ``duration_ms`` the
 * length of a recording. ``phash`` is the perceptual hash of the upright picture, 64 bits as 16 hex digits: two
 * pictures are alike when few bits differ. ``exif`` is absent where the file carries none. ``problem`` is the code of
 * why a file could not be examined; then the other fields hold what could be read all the same.
 */
export type MediaFacts = {
  mediaType: string;
  width?: number | null;
  height?: number | null;
  frames?: number | null;
  durationMs?: number | null;
  phash?: string | null;
  exif?: Exif | null;
  problem?: string | null;
};

/** How far a cited file has come. */
export type FileState = 'expected' | 'stored';

/**
 * One line of a record's itemised receipt: the phone deletes its copy only against ``stored``.
 *
 * ``problem`` is the code of why a stored file could not be looked at: it is kept, and better taken again.
 * ``received`` is how many bytes of it are here and stay: 0, or all ``size`` of them, verified against the digest.
 */
export type FileReceipt = {
  sha256: string;
  state: FileState;
  received?: number;
  size?: number | null;
  verifiedAt?: string | null;
  problem?: string | null;
};

/**
 * Where an upload stands; the header ``Upload-State`` says it too.
 *
 * ``verifying``: every byte has arrived and the digest of the whole is being compared. Only ``stored`` has passed.
 */
export type UploadState = 'receiving' | 'verifying' | 'stored' | 'mismatched';

/** An upload as ``GET /v1/uploads`` lists it; the bytes themselves travel by tus 1.0. */
export type Upload = {
  id: string;
  sha256: string;
  length: number;
  offset: number;
  expiresAt: string;
  state?: UploadState;
};

/** A phone asks which of its files it need not send: SHA-256 digests, at most 500. */
export type BlobsAsked = {
  sha256: readonly string[];
};

/** Those of them that are here and that the caller may read; of others nothing is said. */
export type BlobsHeld = {
  sha256: readonly string[];
};

/** What a person made of a flag: nothing yet, nothing to it, or something to it. */
export type EvidenceState = 'open' | 'dismissed' | 'confirmed';

/**
 * A flag as it stands on a record: a code of ``problems`` with the figures of its sentence.
 *
 * ``other`` is the record on the other side of a comparison; it bears the same flag. Dismissed flags leave the record.
 */
export type EvidenceFlag = {
  id: string;
  code: string;
  params: { readonly [name: string]: string };
  other?: string | null;
  state?: EvidenceState;
};

/** A flag as its reviewer sees it: both sides with their scopes and people, and the last decision. */
export type EvidenceItem = {
  id: string;
  code: string;
  params: { readonly [name: string]: string };
  record: string;
  scope: string;
  person: string;
  other?: string | null;
  otherScope?: string | null;
  otherPerson?: string | null;
  state?: EvidenceState;
  foundAt: string;
  by?: string | null;
  at?: string | null;
  reason?: string | null;
};

/** A page of flags; ``next`` is the ``after`` of the next page, empty on the last. */
export type EvidenceList = {
  flags: readonly EvidenceItem[];
  next?: string;
};

/** The body of a decision about a flag: why. */
export type EvidenceDecision = {
  reason: string;
};

/** One published version of a form. ``unique_by`` names the fields that, with the scope, make the report's id. */
export type FormDefinition = {
  id: string;
  version: number;
  title: { readonly [name: string]: string };
  items: readonly Item[];
  choices?: { readonly [name: string]: readonly Choice[] };
  uniqueBy?: readonly string[];
  sha256?: string;
};

/** The type of a field and how its value is written in a record. */
export type FieldType = 'text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'time' | 'dateTime' | 'selectOne' | 'selectMultiple' | 'geopoint' | 'photo' | 'audio' | 'video' | 'signature' | 'barcode';

/** What becomes of two edits of one answer that did not see each other. */
export type Merge = 'conflict' | 'union';

/** A constant, written as a value of ``type`` is: a decimal is a string. */
export type Literal = {
  op: 'literal';
  value?: Value;
  type?: FieldType;
};

/** The value of a field: of the same row when inside a repeat, else of the report. */
export type Ref = {
  op: 'ref';
  name: string;
};

/** The sum of ``item`` over the rows of ``repeat``; of no rows it is 0. */
export type Sum = {
  op: 'sum';
  repeat: string;
  item: Expression;
};

/** ``+``, ``-`` or ``*`` over the operands, from left to right. */
export type Arithmetic = {
  op: 'arithmetic';
  operator: string;
  operands: readonly Expression[];
};

/**
 * ``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``: a boolean.
 *
 * ``type`` says as what the operands compare: ``decimal`` (any two numbers), ``date``, ``time``, ``dateTime`` (as
 * instants), ``boolean`` or ``text``; the last two only by ``=`` and ``!=``.
 */
export type Compare = {
  op: 'compare';
  operator: string;
  type: FieldType;
  left: Expression;
  right: Expression;
};

/** ``and``, ``or`` or ``not`` over boolean operands. */
export type Logic = {
  op: 'logic';
  operator: string;
  operands: readonly Expression[];
};

/** Whether ``choice`` is among what was chosen in ``name``. */
export type Selected = {
  op: 'selected';
  name: string;
  choice: string;
};

/** ``then`` when ``condition`` holds, else ``otherwise``. */
export type If = {
  op: 'if';
  condition: Expression;
  then: Expression;
  otherwise: Expression;
};

/** Whole days from date ``start`` to date ``end``: an integer. */
export type Days = {
  op: 'days';
  start: Expression;
  end: Expression;
};

/** ``item`` rounded to ``places`` decimal places, halves away from zero. */
export type Round = {
  op: 'round';
  item: Expression;
  places?: number;
};

/** One answer of a choice list. */
export type Choice = {
  name: string;
  label: { readonly [name: string]: string };
};

/** A condition on a field: its XPath for the phone, and its expression when it lies in the closed set. */
export type Rule = {
  xpath: string;
  expression?: Expression | null;
  message?: { readonly [name: string]: string };
};

/**
 * One question.
 *
 * ``means`` names what the value stands for across forms (``labour.count``, ``amount.words``); ``computed`` is the
 * expression the server recomputes (such a field is never set by an op), rounded half away from zero to ``scale``;
 * ``phone_only`` is XPath outside the closed set, evaluated on the phone alone; ``carry`` allows 同昨日;
 * ``vocabulary`` names a list of the project (``people``, ``materials``, ``sections``) that reading paper may snap
 * to; ``paper_width`` is a share of the printed line in twelfths, ``paper_cells`` the cells of its comb where the form
 * says how many (0: none). A boolean's ``choices`` are the words for
 * ``yes`` and ``no``. ``relevant`` includes that of the groups around the field.
 */
export type Field = {
  item: 'field';
  name: string;
  type: FieldType;
  label: { readonly [name: string]: string };
  hint?: { readonly [name: string]: string };
  required?: boolean;
  unit?: string | null;
  scale?: number | null;
  choices?: string | null;
  means?: string | null;
  vocabulary?: string | null;
  carry?: boolean;
  computed?: Expression | null;
  phoneOnly?: string | null;
  relevant?: Rule | null;
  constraint?: Rule | null;
  paperWidth?: number;
  paperLines?: number;
  paperCells?: number | null;
  merge?: Merge;
};

/** Text shown and printed, never answered. */
export type Note = {
  item: 'note';
  name: string;
  label: { readonly [name: string]: string };
};

/** Fields under one heading; the values stay flat. */
export type Group = {
  item: 'group';
  name: string;
  label: { readonly [name: string]: string };
  items: readonly Item[];
};

/**
 * A table. ``row_key`` names the fields whose values make a row's id (UUIDv5); empty: rows carry UUIDv7.
 *
 * On paper it has ``paper_rows`` rows, ``paper_across`` of them side by side.
 */
export type Repeat = {
  item: 'repeat';
  name: string;
  label: { readonly [name: string]: string };
  fields: readonly Field[];
  rowKey?: readonly string[];
  relevant?: Rule | null;
  paperRows?: number;
  paperAcross?: number;
};

/**
 * An expression of an XLSForm that the phone alone evaluates; publishing lists it for the author.
 *
 * ``row`` is the row of the sheet ``survey``, or the line of the text form; ``reason`` names what lies outside the
 * closed set.
 */
export type PhoneOnly = {
  row: number;
  name: string;
  column: string;
  text: string;
  reason: string;
};

/** How a version of a form stands: not published yet, in use, or offered for no new report. */
export type FormState = 'draft' | 'published' | 'retired';

/**
 * One version of a form as the list shows it.
 *
 * ``state`` is ``draft`` (version 0), ``published`` or ``retired``: then it is offered for no new report, and is still
 * read and taken. ``by`` is a person, or ``library`` for a shipped form.
 */
export type PublishedForm = {
  id: string;
  version: number;
  title: { readonly [name: string]: string };
  state: FormState;
  sha256: string;
  by: string;
  at: string;
  phoneOnly?: readonly PhoneOnly[];
};

/** The newest version of each form, by form id; ``next`` is the ``after`` of the next page, empty on the last. */
export type FormList = {
  forms: readonly PublishedForm[];
  next?: string;
};

/**
 * What the server says of a form on the feed: when it came, and since when no new report is begun on it.
 *
 * The version to offer is the newest one, or none when that is retired. Reports on any version are taken.
 */
export type FormServer = {
  receivedAt?: string | null;
  retiredAt?: string | null;
};

/**
 * One thing that differs between two versions.
 *
 * ``path`` is a name, ``repeat/column``, ``choices/list/name``, or empty for the form itself; ``change`` is ``added``,
 * ``removed``, ``moved`` or ``changed``; of the last, ``aspect`` names the attribute (``label``, ``unit``, ``group``)
 * with its values ``before`` and ``after`` as the definition has them. ``said`` is the same as a sentence.
 */
export type FormChange = {
  path: string;
  change: string;
  said: { readonly [name: string]: string };
  aspect?: string;
  before?: Value;
  after?: Value;
};

/** What became of a form between two of its versions, field by field in the order of the later one. */
export type FormDifference = {
  form: string;
  earlier: number;
  later: number;
  changes: readonly FormChange[];
};

/**
 * A fence to be drawn: a circle (``lat``, ``lon``, ``radius_cm``) or a polygon (``rings``), in 10⁻⁷ degree.
 *
 * ``rings`` are those of a GeoJSON polygon: the outer one, then the holes, each closed; at most 500 corners in all.
 * ``datum`` is that of the map it was drawn on; the fence is kept in WGS-84.
 */
export type NewFence = {
  lat?: number | null;
  lon?: number | null;
  radiusCm?: number | null;
  rings?: readonly (readonly (readonly [number, number])[])[] | null;
  datum?: Datum;
};

/**
 * The body of ``POST /v1/projects``: 项目代码 (GB/T 40058), name, the site's centre (WGS-84, 10⁻⁷ degree).
 *
 * With ``fence_radius_cm`` a fence is drawn round the centre. ``time_zone`` is an IANA name; left out, the server's.
 * ``began`` is the day of 开工. Where people work through the night, ``night_shift_ends`` is when that shift goes
 * home: what is captured before that time of day belongs to the day before.
 */
export type NewProject = {
  code: string;
  name: string;
  lat: number;
  lon: number;
  timeZone?: string | null;
  fenceRadiusCm?: number | null;
  began?: string | null;
  nightShiftEnds?: string | null;
};

/** The body of ``POST /v1/projects/{id}/sections``: a section (标段), its code within the project, who builds it. */
export type NewSection = {
  code: string;
  name: string;
  contractor: string;
  contractorCode?: string | null;
};

/** The body of ``PATCH /v1/projects/{id}``: what is left out stays. Days that were judged are not judged anew. */
export type ChangeProject = {
  code?: string | null;
  name?: string | null;
  lat?: number | null;
  lon?: number | null;
  timeZone?: string | null;
  began?: string | null;
  nightShiftEnds?: string | null;
};

/** The body of ``PATCH /v1/sections/{id}``: what is left out stays. */
export type ChangeSection = {
  code?: string | null;
  name?: string | null;
  contractor?: string | null;
  contractorCode?: string | null;
};

/** A section of a project. ``fence`` is its own, if it has one; otherwise the project's counts. */
export type Section = {
  id: string;
  project: string;
  code: string;
  name: string;
  contractor: string;
  contractorCode?: string | null;
  fence?: Fence | null;
};

/** A project as one reader sees it: with the sections that reader may know of, and the fences in force now. */
export type Project = {
  id: string;
  code: string;
  name: string;
  lat: number;
  lon: number;
  timeZone: string;
  began?: string | null;
  nightShiftEnds?: string | null;
  fence?: Fence | null;
  sections?: readonly Section[];
};

/** A page of projects by id. ``next`` is what to ask ``after``; empty on the last page. */
export type Projects = {
  projects: readonly Project[];
  next?: string;
};

/** The body of ``PUT /v1/projects/{id}/vocabularies/{name}``: the whole list; repetitions and spaces are dropped. */
export type NewVocabulary = {
  entries: readonly string[];
};

/** A list of a project (词表), also the ``values`` of its record on the feed: what an answer is likely to be. */
export type Vocabulary = {
  name: string;
  entries?: readonly string[];
};

/** The lists that are kept for a project, by name. */
export type Vocabularies = {
  vocabularies: readonly Vocabulary[];
};

/**
 * What a grant lets a person do in its scope. ``admin`` is held in scope ``system`` only, the others never there.
 *
 * ``system`` is the role of the program's own machine persons and cannot be granted.
 */
export type Role = 'admin' | 'inspector' | 'contractor' | 'clerk' | 'supervisor' | 'finance' | 'leader' | 'auditor' | 'system';

/** The body of ``POST /v1/login``; ``totp`` is asked for once the person uses one-time codes. */
export type Login = {
  login: string;
  password: string;
  totp?: string | null;
};

/** A bearer token, shown this once, and whom it speaks for; ``expires_at`` is RFC 3339 in UTC. */
export type Session = {
  token: string;
  expiresAt: string;
  person: string;
  replica: string;
  device?: string | null;
};

/** The body of ``POST /v1/enrolments``: whose phone is to be enrolled; left out, one's own. */
export type NewEnrolment = {
  person?: string | null;
};

/** A code that enrols one phone until ``expires_at``: ten characters, read without regard to case and hyphens. */
export type EnrolmentCode = {
  code: string;
  expiresAt: string;
};

/** The body of ``POST /v1/enrol``: the code, the phone's name, and the replica id the phone made for itself. */
export type Enrol = {
  code: string;
  device: string;
  replica: string;
};

/** One role in one scope: ``section:<id>``, ``project:<id>``, or ``system`` for ``admin``. */
export type Grant = {
  role: Role;
  scope: string;
};

/** Who the caller is, what was granted, and every scope whose feed may be read. */
export type Me = {
  person: string;
  name: string;
  replica: string;
  device?: string | null;
  grants: readonly Grant[];
  scopes: readonly string[];
};

/** The body of ``POST /v1/persons``. Logins are compared without regard to case. */
export type NewPerson = {
  name: string;
  login: string;
  password: string;
};

/**
 * A person as administrators see one; ``totp`` says whether one-time codes are in use.
 *
 * ``disabled``: cannot sign in and enrols no phone; what they hold is kept for the day they are enabled again.
 */
export type Person = {
  id: string;
  name: string;
  login: string;
  totp: boolean;
  grants?: readonly Grant[];
  disabled?: boolean;
};

/**
 * The body of ``PATCH /v1/persons/{id}``: what is left out stays.
 *
 * Disabling ends sessions at the desk and open codes, and revokes the person's phones: what those had not sent is
 * still taken. An enabled person signs in and enrols anew.
 */
export type ChangePerson = {
  name?: string | null;
  login?: string | null;
  disabled?: boolean | null;
};

/** A page of persons by id. ``next`` is what to ask ``after``; empty on the last page. */
export type People = {
  persons: readonly Person[];
  next?: string;
};

/** A person who works in a scope, as the others there see them. */
export type Colleague = {
  id: string;
  name: string;
};

/** The people of a scope, so that its records' ids of persons can be read as names; at most 500. */
export type Colleagues = {
  people: readonly Colleague[];
};

/** The body of ``POST /v1/me/password``. */
export type PasswordChange = {
  old: string;
  new: string;
};

/** The body of ``POST /v1/persons/{id}/password``: a new password; one-time codes and sessions end. */
export type PasswordReset = {
  password: string;
};

/** The body of ``POST /v1/me/totp``: one's password, so that a stolen token cannot lock its owner out. */
export type NewTotp = {
  password: string;
};

/** A new secret for an authenticator app, shown this once; in force when a first code proves it. */
export type TotpSetup = {
  secret: string;
  uri: string;
};

/** The body of ``POST /v1/me/totp/proof``: the code the app shows now. */
export type TotpProof = {
  code: string;
};

/**
 * An enrolled phone.
 *
 * ``revoked_at``: trusted no more; what it had not sent is taken and parked, ``quarantined_ops`` so far. ``lost_at``:
 * reported lost, nothing is taken. ``wipe_told_at``: it was told to wipe, and its token is dead.
 */
export type Device = {
  id: string;
  person: string;
  replica: string;
  name: string;
  enrolledAt: string;
  revokedAt?: string | null;
  lostAt?: string | null;
  wipeToldAt?: string | null;
  quarantinedOps?: number;
};

/** The devices of a person, the newest first. */
export type Devices = {
  devices: readonly Device[];
};

/**
 * What a phone says of itself with an exchange: its app's version, and what it still has to send.
 *
 * ``oldest_at`` is the device's wall time of the oldest op in its queue; ``held`` names ops that it cannot send at
 * all, by the code of why.
 */
export type PhoneReport = {
  app?: string;
  ops?: number;
  oldestAt?: string | null;
  files?: number;
  fileBytes?: number;
  held?: { readonly [name: string]: number };
};

/** Ops of a phone that are parked with one code and wait for a decision: how many, and since when. */
export type Stuck = {
  code: string;
  ops: number;
  oldestAt: string;
};

/**
 * An enrolled phone and whose it is.
 *
 * ``seen_at``: its last exchange, to a few minutes. ``clock_offset_ms``: server time minus its own, then. ``report``
 * is what it said of itself, where its app says so.
 */
export type Phone = {
  device: Device;
  name: string;
  login: string;
  seenAt?: string | null;
  clockOffsetMs?: number | null;
  report?: PhoneReport | null;
  stuck?: readonly Stuck[];
};

/** A page of phones, the newest first; ``next`` is the ``after`` of the next page, empty on the last. */
export type Phones = {
  phones: readonly Phone[];
  next?: string;
};

/**
 * What a scan in the queue waits for.
 *
 * ``reading``: for its bytes, or for the machine; a person has nothing to do yet. ``read``: for a decision.
 * ``formUnknown``: for a person to say which form it is. ``failed``: it could not be read. ``paired``: it may be one
 * with another paper or a filed report, which is to be decided first.
 */
export type QueueState = 'reading' | 'read' | 'formUnknown' | 'failed' | 'paired';

/** What comes first: the scan that waits longest, or the one of whose values the machine is least sure. */
export type QueueOrder = 'age' | 'confidence';

/** Who works on a scan, and until when (RFC 3339) unless the claim is renewed. */
export type ScanClaim = {
  scan: string;
  by: string;
  name: string;
  until: string;
};

/**
 * A scan that waits, as the queue shows it.
 *
 * ``lowest_confidence`` is that of the value of which the machine is least sure, in thousandths; absent where nothing
 * was read. ``to_look`` is how many values a person must look at. ``problem`` is why it could not be read.
 */
export type QueuedScan = {
  scan: string;
  scope: string;
  state: QueueState;
  receivedAt: string;
  pages: number;
  extraction?: string | null;
  form?: string | null;
  formVersion?: number | null;
  lowestConfidence?: number | null;
  toLook?: number;
  problem?: string | null;
  claim?: ScanClaim | null;
};

/**
 * How many scans wait in the scopes that were asked for: by state, by form (empty: unknown) and by scope.
 *
 * The form and the state that were asked for do not narrow it. ``reading`` is counted among the states alone.
 */
export type QueueCounts = {
  states: { readonly [name: string]: number };
  forms: { readonly [name: string]: number };
  scopes: { readonly [name: string]: number };
};

/** A page of the queue as it was at ``as_of``; ``next`` is what to ask ``after``, empty on the last page. */
export type ScanQueue = {
  asOf: string;
  scans: readonly QueuedScan[];
  counts: QueueCounts;
  next?: string;
};

/** Which of the queue to claim the next of: its filters and its order, as of the list. */
export type NextScan = {
  project?: string;
  scope?: string;
  form?: string | null;
  state?: QueueState | null;
  order?: QueueOrder;
};

/** The scan that was claimed; ``null`` when none waits that is free. */
export type ClaimedNext = {
  scan?: QueuedScan | null;
};

/** Claim a scan, or renew one's claim. ``take_over`` is why it is taken from another clerk; journaled. */
export type ClaimScan = {
  takeOver?: string | null;
};

/** A page (from 1, as it was read) of a scan, turned clockwise by so many degrees from how it was shown. */
export type PickedPage = {
  scan: string;
  page: number;
  turn?: number;
};

/** One scan to be made: its pages in order, and the form that a person says it is; left out: as the paper says. */
export type NewArrangement = {
  pages: readonly PickedPage[];
  form?: string | null;
  formVersion?: number | null;
};

/**
 * Arrange the pages of some scans of one scope anew: split, merged, in another order, turned, of a named form.
 *
 * Each page of each scan that is named stands in exactly one of the new ones.
 */
export type ArrangeScans = {
  into: readonly NewArrangement[];
};

/** The scans that were made, in the order in which they were asked for; each is read again. */
export type ArrangedScans = {
  scans: readonly string[];
};

/** Why no report will come of a scan; who brought it sees it. */
export type RejectScan = {
  reason: string;
};

/**
 * A scan that is brought at the desk: its files in order, sent before or after.
 *
 * The same files brought to the same scope are the same scan, so that a folder may be sent again after a breakdown.
 */
export type NewScan = {
  scope: string;
  pages: readonly string[];
  note?: string;
};

/** The scan, and the receipt of the op that made it. */
export type BroughtScan = {
  scan: string;
  receipt: Receipt;
};

/**
 * A clerk confirms an extraction: its proposals stand, except for ``corrections``.
 *
 * A correction is a value by the path of a proposal or of any other field of the form (``fields/number``,
 * ``fields/items/3/quantity`` with the row's ordinal on paper); ``null`` leaves the field empty.
 */
export type Confirmation = {
  corrections?: Values;
};

/** The report that was filed, and the receipt of the op that filed it. */
export type Confirmed = {
  report: string;
  receipt: Receipt;
};

/** Another value that may stand there: ``code`` and ``params`` are the problem that says why. */
export type Alternative = {
  value: Value;
  code: string;
  params?: { readonly [name: string]: string };
};

/** For each value of an extraction that may be another, what else it may be, by path; the likeliest first. */
export type Alternatives = {
  fields: { readonly [name: string]: readonly Alternative[] };
};

/** What became of a pair: nothing is merged by itself. */
export type DuplicateState = 'open' | 'merged' | 'kept' | 'moot';

/**
 * Two that may be one: an ``extraction``, and an older extraction or a filed report (``other``).
 *
 * ``reasons`` are ``sameFile`` (the same bytes), ``sameSheet`` (the serial of a sheet of which both hold the same
 * questions), ``sameAnswers`` (nearly all that was read is equal) and ``sameKey`` (the natural key of the form: of a
 * log, section and day).
 */
export type Duplicate = {
  id: string;
  scope: string;
  extraction: string;
  other: string;
  reasons: readonly string[];
  state: DuplicateState;
  foundAt: string;
  decidedBy?: string | null;
  decidedAt?: string | null;
  reason?: string | null;
};

/** A page of pairs by id. ``next`` is what to ask ``after``; empty on the last page. */
export type Duplicates = {
  duplicates: readonly Duplicate[];
  next?: string;
};

/** Where an answer stands: a page of its side, from 1, and left, top, right, bottom in pixels of its picture. */
export type ComparedPlace = {
  page: number;
  box: readonly [number, number, number, number];
};

/**
 * One answer on both sides, ``null`` where there is none; ``paper`` is that of the extraction.
 *
 * ``paper_at`` and ``other_at`` are where it stands on the pages of a side, if it was read there.
 */
export type ComparedField = {
  path: string;
  label: { readonly [name: string]: string };
  paper?: Value;
  other?: Value;
  differs?: boolean;
  paperAt?: ComparedPlace | null;
  otherAt?: ComparedPlace | null;
};

/** One side of a pair: its record, and where it is of paper, the scan, what was read, and the pages laid flat. */
export type ComparedSide = {
  record: string;
  receivedAt: string;
  extraction?: string | null;
  scan?: string | null;
  pages?: readonly string[];
};

/**
 * A pair field by field, in the order of the form; computed fields are left out.
 *
 * ``report`` is the filed report that ``other`` is or has become; none while both are only read.
 */
export type Comparison = {
  duplicate: Duplicate;
  fields: readonly ComparedField[];
  report?: string | null;
  paperSide?: ComparedSide | null;
  otherSide?: ComparedSide | null;
};

/** Whose answer is taken. */
export type Side = 'paper' | 'other';

/**
 * The clerk's choice by path. Every path must be named in which both sides have an answer and they differ.
 *
 * Where one side alone has an answer, it is taken unless the other side is chosen.
 */
export type MergeDuplicate = {
  choices?: { readonly [name: string]: Side };
};

/** Why the two are two. */
export type KeepDuplicate = {
  reason: string;
};

/** From which confidence on, in thousandths, values of a kind need not be looked at; ``null``: always look. */
export type NewThreshold = {
  threshold: number | null;
};

/** The threshold of a kind, who set it and when; absent where none is set. */
export type Threshold = {
  kind: ValueKind;
  threshold?: number | null;
  by?: string | null;
  at?: string | null;
};

/** The thresholds of all kinds, the version of the fit in force, and how many of 100 accepted values are audited. */
export type Thresholds = {
  thresholds: readonly Threshold[];
  fit: string;
  auditPercent: number;
};

/**
 * One record that was found, to be had at ``/v1/records/<record>``.
 *
 * ``excerpt`` is where the first of the words stands, else how its text begins. ``about`` is the scan that an
 * extraction was read from, or the report that a photograph belongs to. ``person`` is who is responsible, as the
 * report names them, or who took a photograph or brought a scan. ``at`` is when the record first came.
 */
export type Found = {
  record: string;
  kind: Kind;
  scope: string;
  at: string;
  excerpt: string;
  form?: string | null;
  day?: string | null;
  number?: string | null;
  person?: string | null;
  about?: string | null;
};

/** A page of what was found, the latest first. ``next`` is the ``after`` of the next page; empty on the last. */
export type SearchAnswer = {
  found: readonly Found[];
  next?: string;
};

/** A link (RFC 8288): where, in which relation, of which media type. */
export type Link = {
  href: string;
  rel: string;
  type?: string;
  title?: string;
};

/** Where a reader begins. */
export type LandingPage = {
  title: string;
  description: string;
  links: readonly Link[];
};

/** The classes of requirements that are met. */
export type Conformance = {
  conformsTo: readonly string[];
};

/** A collection of features; positions are longitude and latitude in WGS-84 (CRS84). */
export type Collection = {
  id: string;
  title: string;
  description: string;
  links: readonly Link[];
  itemType?: string;
  crs?: readonly string[];
};

/** All collections. */
export type Collections = {
  links: readonly Link[];
  collections?: readonly Collection[];
};

/** What a summary covers; a week begins on Monday. */
export type Period = 'day' | 'week' | 'month';

/** Make the summary of the period of a scope that ``day`` lies in, as everything stands now. */
export type NewSummary = {
  scope: string;
  period: Period;
  day: string;
};

/**
 * A figure: ``value`` is how many records it counts, or what their answers add up to.
 *
 * ``records`` is the address of the list of just those records: of a count it has ``value`` of them.
 */
export type Figure = {
  name: string;
  label: { readonly [name: string]: string };
  value: number;
  records: string;
};

/**
 * What became of a figure since the version before: records that are new in it, gone, or say something else.
 *
 * The first hundred of each.
 */
export type FigureChange = {
  name: string;
  before: number;
  after: number;
  added?: readonly string[];
  removed?: readonly string[];
  changed?: readonly string[];
};

/**
 * A summary. It never changes: when what it counts does, the next one is another version, and says how it differs.
 *
 * ``since`` and ``until`` are days, both included. ``as_of`` is when it was made; ``digest`` the SHA-256 over names,
 * values, ids and digests of all that it counts. ``changes`` are those since the version before.
 */
export type Summary = {
  id: string;
  scope: string;
  period: Period;
  since: string;
  until: string;
  version: number;
  asOf: string;
  by: string;
  digest: string;
  figures: readonly Figure[];
  changes?: readonly FigureChange[];
};

/** Summaries, the latest first; ``next`` is the ``after`` of the next page, empty on the last. */
export type Summaries = {
  summaries: readonly Summary[];
  next?: string;
};

/** A record that a figure counts, to be had at ``/v1/records/<record>``; ``digest`` is what it held then. */
export type CountedRecord = {
  record: string;
  kind: Kind;
  day: string;
  digest: string;
};

/** The records that a figure counts, by id; ``next`` is the ``after`` of the next page, empty on the last. */
export type CountedRecords = {
  records: readonly CountedRecord[];
  next?: string;
};

/**
 * What is made.
 *
 * ``xlsx``, ``csv``: a form's reports as a workbook, or as CSV (a zip where the form has tables). ``reportPdf``,
 * ``dayPdf``: a report, or a day of a section, as PDF/A. ``geojson``: check-ins, photographs and fences. ``month``: a
 * zip of a section's records, originals, captioned copies, and what proves them.
 */
export type TakeawayKind = 'xlsx' | 'csv' | 'reportPdf' | 'dayPdf' | 'geojson' | 'month';

/** How far a takeaway has come; one that expired is gone. */
export type TakeawayState = 'waiting' | 'making' | 'ready' | 'failed' | 'cancelled';

/**
 * Ask for a takeaway.
 *
 * ``wanted`` says of what: for ``xlsx`` and ``csv`` it names a form, for ``dayPdf`` a scope and ``since``, the day,
 * for ``month`` a scope, ``since`` and ``until``, at most 31 days. ``record`` is the report of ``reportPdf``.
 * ``language`` is that of the words around the values of a list.
 */
export type NewTakeaway = {
  kind: TakeawayKind;
  wanted?: ReportFilter;
  record?: string | null;
  language?: string;
};

/**
 * One takeaway of the caller. ``done`` of ``total`` records are in it so far; ``total`` may be more than it says.
 *
 * ``as_of`` is when it began to be made; ``problem`` a code of why it could not be. When it is ready the file, called
 * ``name``, of ``size`` bytes and digest ``sha256``, is to be had at ``/v1/takeaways/<id>/file`` until ``expires_at``.
 */
export type Takeaway = {
  id: string;
  kind: TakeawayKind;
  state: TakeawayState;
  wanted: ReportFilter;
  askedAt: string;
  expiresAt: string;
  done?: number;
  total?: number | null;
  asOf?: string | null;
  name?: string | null;
  size?: number | null;
  sha256?: string | null;
  problem?: string | null;
};

/** The caller's takeaways, the latest first. ``next`` is the ``after`` of the next page; empty on the last. */
export type Takeaways = {
  takeaways: readonly Takeaway[];
  next?: string;
};

/** Where a job stands: ready, running under a lease, given up, or put aside by a person. A finished job is gone. */
export type JobState = 'ready' | 'running' | 'dead' | 'aside';

/** A job that failed for good: what it was to do, how often it was tried, and why it ended (an English line). */
export type DeadJob = {
  id: string;
  kind: string;
  attempts: number;
  reason: string;
  createdAt: string;
  diedAt: string;
  args?: Values;
};

/** Put a dead letter aside: nothing more is to come of it, and why. It can still be tried again. */
export type DismissJob = {
  reason: string;
};

/** A page of dead letters, the oldest first. ``next`` is what to ask ``after``; empty on the last page. */
export type DeadJobs = {
  jobs: readonly DeadJob[];
  next?: string;
};

/** One row of the list. Sentences may hold ``{parameters}``, filled from what the raiser names. */
export type Problem = {
  code: string;
  status: number;
  zh: string;
  en: string;
  nextZh: string;
  nextEn: string;
};

/** RFC 9457 problem+json as every error answer carries it: what happened and what to do next, in both languages. */
export type ProblemDetails = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  titleZh: string;
  nextZh: string;
  nextEn: string;
  params: { readonly [name: string]: string };
};

export type AnyOp = Create | Patch | Delete | Sign | Resolve;

export type FeedEntry = Upsert | Tombstone | Left;

export type Item = Field | Note | Group | Repeat;

export type Expression = Literal | Ref | Sum | Arithmetic | Compare | Logic | Selected | If | Days | Round;

/** What a record of each kind holds: ``values``, which ops may set; ``server``, which they may not. */
export type Kinds = {
  report: { values: ReportValues; server: ReportServer };
  photo: { values: PhotoValues; server: PhotoServer };
  checkIn: { values: CheckInValues; server: CheckInServer };
  scan: { values: ScanValues; server: ScanServer };
  extraction: { values: ExtractionValues; server: ExtractionServer };
  form: { values: FormDefinition; server: FormServer };
  vocabulary: { values: Vocabulary; server: VocabularyServer };
  conflict: { values: ConflictValues; server: ConflictServer };
  parked: { values: ParkedValues; server: ParkedServer };
};

export const CONTRACT_VERSION = '1.0';
/** Root of every natural key: ids that follow from them are UUIDv5 of it. */
export const NAMESPACE = 'a8081d51-37e7-5185-b099-306a895e48ce';
/** The limits where an answer leaves them out: what is at its default does not travel. */
export const DEFAULT_LIMITS: Required<Limits> = {
  opsPerExchange: 500,
  opsPerUnit: 50,
  opBytes: 262144,
  recordBytes: 1048576,
  requestBytes: 8388608,
  pageEntries: 500,
  pageBytes: 4194304,
  uploadBytes: 4294967296,
  replayDays: 90,
};
/** What no setting of a server may undercut. */
export const MINIMUM_LIMITS: Required<Limits> = {
  opsPerExchange: 100,
  opsPerUnit: 50,
  opBytes: 65536,
  recordBytes: 262144,
  requestBytes: 1048576,
  pageEntries: 50,
  pageBytes: 262144,
  uploadBytes: 268435456,
  replayDays: 7,
};
