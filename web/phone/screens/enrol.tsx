import { openDetector } from '@shared/device/barcodes';
import { Camera } from '@shared/ui/camera';
import { Icon } from '@shared/ui/icon';
import { Choices, Notice, Screen } from '@shared/ui/parts';
import { TextField } from '@shared/ui/textfield';
import { type Language, language, speak } from '@shared/words/i18n';
import { useEffect, useState } from 'preact/hooks';
import { codeIn, offeredCode } from '../enrolment';
import { sayFailure } from '../failure';
import { usePhone, useStatus } from '../live';
import { t } from '../sentences';

/** The code, the phone's name, and the exchange of both for a place in the world. */
function useEnrolment(onDone: (() => void) | undefined) {
  const phone = usePhone();
  const [code, setCode] = useState(offeredCode.value);
  const [device, setDevice] = useState(phone.status.value.account?.device ?? '');
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  useEffect(() => {
    if (offeredCode.value) setCode(offeredCode.value);
  }, [offeredCode.value]);
  const enrol = async (event: Event) => {
    event.preventDefault();
    const found = codeIn(code);
    if (!found) return setWrong(t('enrol.codeHint'));
    setBusy(true);
    setWrong('');
    try {
      await phone.enrol(found, device.trim() || t('enrol.deviceName'));
      offeredCode.value = '';
      void phone.persist(); // while a person's press is fresh, browsers are more willing to promise
      onDone?.();
    } catch (error) {
      setWrong(sayFailure(error, t('enrol.offline')));
    } finally {
      setBusy(false);
    }
  };
  return { code, setCode, device, setDevice, busy, wrong, enrol };
}

/** Make this the phone of a person: by a code that is scanned, typed, or came in a link. */
export function EnrolScreen({ onDone }: { onDone?: () => void }) {
  const status = useStatus();
  const { code, setCode, device, setDevice, busy, wrong, enrol } = useEnrolment(onDone);
  const [scanning, setScanning] = useState(false);
  const again = status.enrolAgain !== undefined;
  return (
    <Screen title={t(again ? 'enrol.again' : 'enrol.title')} bare actions={<LanguageSwitch />}>
      {!again && (
        <img class="emblem" src={`${import.meta.env.BASE_URL}icons/plumb.svg`} alt="" width={96} height={96} />
      )}
      {again && <Notice tone="warn">{t('enrol.againText')}</Notice>}
      {status.standing === 'wiped' && <Notice tone="bad">{t('enrol.wiped')}</Notice>}
      <p>{t('enrol.lead')}</p>
      <button type="button" class="button wide" onClick={() => setScanning(true)}>
        <Icon name="qr" />
        {t('enrol.scan')}
      </button>
      <form class="stack" onSubmit={enrol}>
        <TextField
          id="code"
          class="code"
          label={t('enrol.code')}
          hint={t('enrol.codeHint')}
          value={code}
          onChange={setCode}
          autocomplete="one-time-code"
          autocapitalize="characters"
          maxLength={200}
          wrong={wrong !== ''}
        />
        <TextField
          id="device"
          label={t('enrol.device')}
          hint={t('enrol.deviceHint')}
          value={device}
          placeholder={t('enrol.deviceName')}
          onChange={setDevice}
          maxLength={100}
        />
        {wrong && (
          <Notice tone="bad" live>
            {wrong}
          </Notice>
        )}
        <button type="submit" class="button primary wide" disabled={busy}>
          {t(busy ? 'enrol.busy' : 'enrol.go')}
        </button>
      </form>
      {scanning && (
        <CodeScanner
          onClose={() => setScanning(false)}
          onFound={(found) => {
            setScanning(false);
            setCode(found);
          }}
        />
      )}
    </Screen>
  );
}

function LanguageSwitch() {
  return (
    <Choices<Language>
      label={t('me.language')}
      value={language.value}
      options={[
        ['zh-CN', '中文'],
        ['en', 'EN'],
      ]}
      onChoose={speak}
    />
  );
}

const LOOK_EVERY_MS = 250;

function CodeScanner({ onClose, onFound }: { onClose: () => void; onFound: (code: string) => void }) {
  const [hint, setHint] = useState(t('enrol.aim'));
  const look = (video: HTMLVideoElement) => {
    let over = false;
    void (async () => {
      const detector = await openDetector();
      while (!over) {
        const codes = await detector.detect(video).catch(() => []);
        for (const { rawValue } of codes) {
          const found = codeIn(rawValue);
          if (found && !over) return onFound(found);
          setHint(t('enrol.noCode'));
        }
        await new Promise((wait) => setTimeout(wait, LOOK_EVERY_MS));
      }
    })().catch(() => over || setHint(t('camera.denied')));
    return () => {
      over = true;
    };
  };
  return <Camera label={t('enrol.scan')} frame="qr" hint={hint} onClose={onClose} onRunning={look} />;
}
