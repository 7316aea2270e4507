import { first, offered } from '@desk/pages/index';
import type { PageRow } from '@desk/pages/row';
import { below, match, to } from '@desk/router';
import { describe, expect, test } from 'vitest';

const load = () => Promise.reject(new Error('not opened here'));
const pages: readonly PageRow[] = [
  { path: '/queue', name: ['待办', 'Queue'], roles: ['clerk'], menu: 'paper', load },
  { path: '/reports', name: ['报告', 'Reports'], roles: ['supervisor', 'clerk'], menu: 'reports', load },
  { path: '/me', name: ['账号', 'Account'], roles: 'everyone', menu: 'me', load },
];

describe('addresses of the desk', () => {
  test('a page is named below /desk, with or without a slash at the end', () => {
    expect([below('/desk'), below('/desk/'), below('/desk/queue/'), below('/elsewhere')]).toEqual([
      '/',
      '/',
      '/queue',
      '/',
    ]);
  });

  test('a pattern takes its steps, decoded, and fits nothing longer or shorter', () => {
    expect(match('/scans/:id', '/scans/a%2Fb')).toEqual({ id: 'a/b' });
    expect(match('/scans/:id', '/scans')).toBeUndefined();
    expect(match('/scans/:id', '/scans/1/2')).toBeUndefined();
    expect(match('/scans/:id', '/scans/%E0')).toEqual({ id: '%E0' });
  });

  test('what a list is narrowed by stands in its address, unless it is empty', () => {
    expect(to('/reports', { state: 'filed', day: '', form: undefined })).toBe('/desk/reports?state=filed');
  });
});

describe('what is offered', () => {
  test('goes by the roles held', () => {
    expect(offered(new Set(['supervisor']), pages).map((page) => page.path)).toEqual(['/reports', '/me']);
  });

  test('the first page is that of the role, or the first one offered where that is not there', () => {
    expect(first(new Set(['clerk', 'supervisor']), pages)).toBe('/desk/queue');
    expect(first(new Set(['supervisor']), pages)).toBe('/desk/reports?state=waiting');
    expect(first(new Set(['leader']), pages)).toBe('/desk/me');
  });
});
