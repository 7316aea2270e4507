import { Lock } from '@phone/lock';
import { beforeEach, describe, expect, test } from 'vitest';

const CHEAP = { N: 16, r: 8, p: 1, dkLen: 32 };

describe('the local lock', () => {
  let clock = 0;
  let lock: Lock;
  const kept = new Map<string, string>();

  beforeEach(() => {
    clock = 1_000_000;
    kept.clear();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    lock = new Lock(store, () => clock, CHEAP);
  });

  test('opens with its number and with no other, and does not keep the number', async () => {
    await lock.set('2468');
    expect([...kept.values()].join()).not.toContain('2468');
    expect(await lock.open('2469')).toEqual({ opened: false, waitSeconds: 0 });
    expect(await lock.open('2468')).toEqual({ opened: true });
  });

  test('lets wrong numbers wait longer and longer, and takes no try meanwhile', async () => {
    await lock.set('2468');
    for (let i = 0; i < 3; i++) await lock.open('0000');
    expect(await lock.open('0000')).toEqual({ opened: false, waitSeconds: 15 });
    expect(await lock.open('2468')).toEqual({ opened: false, waitSeconds: 15 });
    clock += 15_000;
    expect(await lock.open('0000')).toEqual({ opened: false, waitSeconds: 30 });
    clock += 30_000;
    expect(await lock.open('2468')).toEqual({ opened: true });
  });

  test('does not lock its owner out for ever when the clock was set back', async () => {
    await lock.set('2468');
    for (let i = 0; i < 4; i++) await lock.open('0000');
    clock -= 365 * 86_400_000;
    expect(await lock.open('2468')).toEqual({ opened: true });
  });

  test('takes digits only', async () => {
    await expect(lock.set('12a4')).rejects.toThrow(RangeError);
    await expect(lock.set('123')).rejects.toThrow(RangeError);
  });
});
