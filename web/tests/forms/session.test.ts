import type { AnyOp, FormDefinition, Repeat, Values } from '@contract/generated/contract';
import filled from '@contract/vectors/forms/filled.json?raw';
import { repeatsOf } from '@shared/forms/definition';
import { Session } from '@shared/forms/session';
import { conflictId, recordId, rowId } from '@shared/protocol/ids';
import { openPhone } from '@shared/protocol/open';
import type { Phone } from '@shared/protocol/phone';
import { MemoryStorage } from '@shared/protocol/storage/memory';
import { digest } from '@shared/protocol/values';
import { describe, expect, it, vi } from 'vitest';

const { forms } = JSON.parse(filled) as { forms: { form: FormDefinition }[] };
const LOG = { ...forms.find(({ form }) => form.id === 'daily_log')?.form, version: 1 } as FormDefinition;
const LABOUR = repeatsOf(LOG)[0] as Repeat;
const SCOPE = 'section:01938f4e-7c00-7000-8000-000000000001';
const DAY = '2026-11-18';
const ID = recordId('report', SCOPE, 'daily_log', DAY);
const PIPE = rowId(ID, 'labour', 'pipefitter');
const COUNT = `labour/${PIPE}/count`;
const FILED: Values = {
  business_date: DAY,
  weather_am: 'overcast',
  labour: { [PIPE]: { trade: 'pipefitter', count: 12 } },
  labour_total: 12,
};

const offline = () => Promise.reject(new TypeError('no network'));

async function begin(storage = new MemoryStorage(), id = ID) {
  const phone = await openPhone({ storage, running: false, fetch: offline });
  const session = await Session.open({ phone, form: LOG, scope: SCOPE, id, prefill: { business_date: DAY } });
  return { storage, phone, session };
}

/** What the server holds of the log, as an exchange would have brought it. */
async function held(storage: MemoryStorage, fields: Values, seq = 3, server: Values = { receivedAt: 'then' }) {
  const values = { form: 'daily_log', formVersion: 1, fields };
  const copy = {
    kind: 'report',
    id: ID,
    scope: SCOPE,
    rev: seq,
    seq,
    digest: digest(values),
    values,
    server,
    sweep: 0,
  };
  await storage.write((tx) => tx.putCopy(copy as never));
}

async function queue(storage: MemoryStorage): Promise<AnyOp[]> {
  const ops = await storage.read((tx) => tx.pending(99));
  return ops.map((op) => JSON.parse(op.raw) as AnyOp);
}

const keepsUp = (phone: Phone, storage: MemoryStorage, session: Session, fields: Values) =>
  held(storage, fields, 4)
    .then(() => session.read())
    .then(() => phone);

describe('a new log', () => {
  it('is kept with every change, and found again after the phone died', async () => {
    const { storage, session } = await begin();
    session.set('work_done', 'K0+560 沟');
    session.set('work_done', 'K0+560 沟槽开挖');
    await session.kept();
    const again = await begin(storage);
    expect(again.session.fields.value).toMatchObject({ business_date: DAY, work_done: 'K0+560 沟槽开挖' });
    expect(again.session.dirty.value).toBe(true);
    expect(await queue(storage)).toEqual([]);
  });

  it('that nobody wrote in leaves nothing behind', async () => {
    const { phone, session } = await begin();
    expect(session.fields.value).toEqual({ business_date: DAY, labour_total: 0 });
    expect(session.dirty.value).toBe(false);
    await session.kept();
    expect(await phone.drafts()).toEqual([]);
  });

  it('is filed as one record whose id and rows follow from its day, totals and all', async () => {
    const { storage, phone, session } = await begin();
    const row = session.addRow(LABOUR, { trade: 'pipefitter' });
    session.set(`labour/${row}/count`, 12);
    session.set('weather_am', 'overcast');
    expect(await session.file()).toBe(ID);
    expect(await queue(storage)).toMatchObject([
      { action: 'create', id: ID, values: { form: 'daily_log', formVersion: 1, fields: FILED } },
    ]);
    expect(await phone.drafts()).toEqual([]);
    expect(session.record.value?.values.fields).toEqual(FILED);
  });

  it('gets the id of the day it was moved to, and its rows with it', async () => {
    const { storage, session } = await begin();
    session.set(`labour/${session.addRow(LABOUR, { trade: 'pipefitter' })}/count`, 12);
    session.set('business_date', '2026-11-17');
    const id = recordId('report', SCOPE, 'daily_log', '2026-11-17');
    expect(await session.file()).toBe(id);
    const [op] = await queue(storage);
    expect(op).toMatchObject({ id, values: { fields: { labour: { [rowId(id, 'labour', 'pipefitter')]: {} } } } });
  });

  it('can be signed where there is no network: the signature names what the server will arrive at', async () => {
    const { storage, session } = await begin();
    session.set(`labour/${session.addRow(LABOUR, { trade: 'pipefitter' })}/count`, 12);
    session.set('weather_am', 'overcast');
    await session.file({ sign: true });
    const signed = digest({ form: 'daily_log', formVersion: 1, fields: FILED });
    expect(await queue(storage)).toMatchObject([{ action: 'create' }, { action: 'sign', id: ID, digest: signed }]);
  });
});

describe('a log that is there', () => {
  it('is patched in the cells that changed, and in the totals that follow', async () => {
    const { storage, session } = await begin();
    await held(storage, FILED);
    await session.read();
    session.set(COUNT, 14);
    session.because('数量更正');
    await session.file();
    expect(await queue(storage)).toMatchObject([
      {
        action: 'patch',
        set: {
          [`fields/${COUNT}`]: { value: 14, was: 12 },
          'fields/labour_total': { value: 14, was: 12 },
          reason: { value: '数量更正' },
        },
      },
    ]);
  });

  it('tells where somebody else wrote under the draft, and files what was seen, not what came since', async () => {
    const { storage, phone, session } = await begin();
    await held(storage, FILED);
    await session.read();
    session.set(COUNT, 14);
    await keepsUp(phone, storage, session, { ...FILED, labour: { [PIPE]: { trade: 'pipefitter', count: 13 } } });
    expect(session.crossed.value).toEqual([COUNT]);
    await session.file();
    const [op] = await queue(storage);
    expect(op).toMatchObject({ set: { [`fields/${COUNT}`]: { value: 14, was: 12 } } });
  });

  it('files the other value as seen once it was looked at', async () => {
    const { storage, phone, session } = await begin();
    await held(storage, FILED);
    await session.read();
    session.set(COUNT, 14);
    await keepsUp(phone, storage, session, { ...FILED, labour: { [PIPE]: { trade: 'pipefitter', count: 13 } } });
    session.settle(COUNT, true);
    expect(session.crossed.value).toEqual([]);
    await session.file();
    expect((await queue(storage))[0]).toMatchObject({ set: { [`fields/${COUNT}`]: { value: 14, was: 13 } } });
  });

  it('removes a row as a whole, and writes nothing into it again', async () => {
    const { storage, session } = await begin();
    await held(storage, FILED);
    await session.read();
    session.set(COUNT, 3);
    session.removeRow(LABOUR, PIPE);
    await session.file();
    const [op] = await queue(storage);
    expect(Object.keys((op as { set: object }).set).sort()).toEqual(
      ['fields/labour_total', `fields/labour/${PIPE}`].sort(),
    );
  });

  it('shows a conflict and settles it with one choice', async () => {
    const { storage, session } = await begin();
    await held(storage, FILED);
    const path = `fields/${COUNT}`;
    const id = conflictId(ID, path);
    const candidate = { value: 14, opId: 'theirs', by: 'them', at: '2026-11-18T09:40:00Z' };
    const values = { record: ID, kind: 'report', path, standing: 12, candidates: { other: candidate }, state: 'open' };
    const copy = { kind: 'conflict', id, scope: SCOPE, rev: 1, seq: 4, digest: digest(values), values, server: {} };
    await storage.write((tx) => tx.putCopy({ ...copy, sweep: 0 } as never));
    await session.read();
    expect(session.conflicts.value.map((conflict) => conflict.values.path)).toEqual([path]);
    await session.resolve(id, 14);
    expect(await queue(storage)).toMatchObject([{ action: 'resolve', id, seen: ['theirs'], standing: 12, value: 14 }]);
  });
});

it('lets go of a photograph that was taken again, and keeps the one that was filed', async () => {
  const { phone, session } = await begin();
  const [first, second] = [await phone.keep(new Blob(['1']), 'a.png'), await phone.keep(new Blob(['2']), 'b.png')];
  session.set('recorder_signature', first);
  session.set('recorder_signature', second);
  await session.file();
  await vi.waitFor(async () => expect(await phone.file(first)).toBeUndefined());
  expect(await phone.file(second)).toBeDefined();
});

it('says when a change could not be kept, and files nothing then', async () => {
  const { phone, session, storage } = await begin();
  phone.saveDraft = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  session.set('work_done', '…');
  await expect(session.file()).rejects.toThrow();
  expect(session.saving.value).toBe('failed');
  expect(await queue(storage)).toEqual([]);
});
