import type { Role } from '@contract/generated/contract';
import { Notice } from '@shared/ui/parts';
import { say } from '@shared/words/i18n';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { whoAmI } from './api';
import { me, roles } from './me';
import { first, offered } from './pages';
import type { PageProps, PageRow } from './pages/row';
import { loadProjects } from './projects';
import { go, match, path, to } from './router';
import { session } from './session';
import { SignInAgain, SignInPage } from './signing-in';
import { Boundary } from './ui/boundary';
import { Layout } from './ui/layout';
import { Awaited, Loading, Page } from './ui/page';
import { useLoaded } from './ui/tasks';
import { t } from './words';

export function App() {
  const now = session.value;
  return now ? <Desk key={now.person} /> : <SignInPage />;
}

/** What who is signed in sees, once the server has said who that is. */
function Desk() {
  const start = useLoaded(async () => {
    [me.value] = await Promise.all([whoAmI(), loadProjects()]);
    return true;
  }, []);
  return (
    <>
      <Awaited of={start}>{() => <Place held={roles.value} />}</Awaited>
      <SignInAgain />
    </>
  );
}

/** The page that the address names. */
function Place({ held }: { held: ReadonlySet<Role> }) {
  const at = path.value;
  useEffect(() => {
    if (at === '/') go(first(held), true);
  }, [at, held]);
  if (at === '/') return null;
  const rows = offered(held);
  const [found] = rows.flatMap((row) => {
    const params = match(row.path, at);
    return params ? [{ row, params }] : [];
  });
  return (
    <Layout rows={rows} at={found?.row.under ?? found?.row.path ?? ''} whole={found?.row.whole ?? false}>
      <Boundary key={at}>{found ? <Opened key={at} {...found} /> : <Missing />}</Boundary>
    </Layout>
  );
}

function Missing() {
  return (
    <Page title={t('missing.title')}>
      <p>{t('missing.text')}</p>
      <p>
        <a href={to('/')}>{t('missing.first')}</a>
      </p>
    </Page>
  );
}

/** Pages that were fetched, so that going back to one shows it at once. */
const fetched = new Map<PageRow, ComponentType<PageProps>>();

function Opened({ row, params }: { row: PageRow } & PageProps) {
  const [, show] = useState(0);
  const [gone, say_] = useState(false);
  useEffect(() => {
    if (fetched.has(row)) return;
    row.load().then(
      (module) => {
        fetched.set(row, module.default);
        show((was) => was + 1);
      },
      () => say_(true),
    );
  }, [row]);
  const Component = fetched.get(row);
  if (Component) return <Component params={params} />;
  return gone ? <Outdated name={say(row.name)} /> : <Loading />;
}

/** The page's file is not there: the server has a newer desk, or the network is gone. */
function Outdated({ name }: { name: string }) {
  return (
    <Page title={name}>
      <Notice tone="warn" title={t('outdated.title')}>
        <p>{t('outdated.text')}</p>
        <button type="button" class="button" onClick={() => location.reload()}>
          {t('outdated.reload')}
        </button>
      </Notice>
    </Page>
  );
}
