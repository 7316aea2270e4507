import type { Phone } from '@shared/protocol/phone';
import { useEffect } from 'preact/hooks';
import { offeredCode } from './enrolment';
import { ROWS } from './kinds';
import { PhoneProvider, useStatus } from './live';
import { locked } from './locking';
import { go, path, place } from './router';
import { EnrolScreen } from './screens/enrol';
import { FormsScreen } from './screens/forms';
import { LockScreen } from './screens/lock';
import { MeScreen } from './screens/me';
import { OutboxScreen } from './screens/outbox';
import { ParkedScreen } from './screens/parked';
import { RecordScreen } from './screens/record';
import { RecordsScreen } from './screens/records';
import { ReportScreen } from './screens/report';
import { TodayScreen } from './screens/today';
import { said } from './toast';
import { Boundary } from './ui/boundary';
import { Tabs } from './ui/tabs';

export function App({ phone }: { phone: Phone }) {
  return (
    <PhoneProvider value={phone}>
      <Frame />
    </PhoneProvider>
  );
}

/** What is seen: enrolling where no person is enrolled, the lock, or one of the screens. */
function Frame() {
  const { standing, enrolAgain } = useStatus();
  const enrolled = standing === 'full' || standing === 'revoked';
  const at = path.value.join('/');
  useEffect(() => {
    if (offeredCode.value && enrolAgain) go(['enrol']);
  }, [offeredCode.value, enrolAgain]);
  if (!enrolled) {
    return (
      <Boundary at="enrol">
        <EnrolScreen onDone={() => go(['today'], true)} />
      </Boundary>
    );
  }
  // What is open stays open behind the lock: a form that is half filled in is not thrown away.
  return (
    <>
      {locked.value && <LockScreen />}
      <div hidden={locked.value}>
        <Boundary at={at}>
          <Place key={at} steps={path.value} />
        </Boundary>
        {TABBED.has(place.value) && <Tabs />}
      </div>
      <p class="toast" role="status">
        {said.value}
      </p>
    </>
  );
}

/** Screens one looks around in have the menu; where something is being done, nothing leads away by accident. */
const TABBED: ReadonlySet<string> = new Set(['today', 'records', 'outbox', 'me']);

function Place({ steps }: { steps: readonly string[] }) {
  const [name, id] = steps;
  switch (name) {
    case 'forms':
      return id ? <FormsScreen scope={id} /> : <TodayScreen />;
    case 'fill':
      return <Filling steps={steps} />;
    case 'report':
      return id ? <ReportScreen id={id} /> : <RecordsScreen />;
    case 'records':
      return id ? <RecordScreen id={id} /> : <RecordsScreen />;
    case 'outbox':
      return <OutboxScreen />;
    case 'parked':
      return id ? <ParkedScreen id={id} /> : <OutboxScreen />;
    case 'me':
      return <MeScreen />;
    case 'enrol':
      return <EnrolScreen onDone={() => go(['outbox'], true)} />;
    default:
      return <Making place={name} />;
  }
}

/** The screen where a record of some kind is made, if the place is one. */
function Making({ place: name }: { place: string | undefined }) {
  const Screen = ROWS.find(([, { made }]) => made?.tile.place === name)?.[1].made?.Screen ?? TodayScreen;
  return <Screen />;
}

/** `#/fill/<scope>/<form>/<record>` */
function Filling({ steps }: { steps: readonly string[] }) {
  const [, scope, form, id] = steps;
  if (!scope || !form || !id) return <TodayScreen />;
  return <ReportScreen id={id} scope={scope} form={form} />;
}
