import type { Datum, Role } from '@contract/generated/contract';
import { chooseDatum, DATUMS, datum } from '@shared/device/datum';
import { Choices, Notice, Screen } from '@shared/ui/parts';
import { chooseTheme, type Theme, theme } from '@shared/ui/theme';
import { type Language, language, speak } from '@shared/words/i18n';
import { sayBytes } from '@shared/words/when';
import { useState } from 'preact/hooks';
import { canInstall, install } from '../install';
import { usePhone, useStatus } from '../live';
import { lock, locked } from '../locking';
import { placeName, placeOf, useWorkplaces } from '../places';
import { t } from '../sentences';
import { takeUpdate, updateWaiting } from '../update';
import { LockForm } from './lock';
import { SignOut } from './signout';

export function MeScreen() {
  return (
    <Screen title={t('me.title')}>
      {updateWaiting.value && (
        <Notice title={t('update.title')}>
          <button type="button" class="button" onClick={takeUpdate}>
            {t('update.take')}
          </button>
        </Notice>
      )}
      <Account />
      <Appearance />
      <Positions />
      <AppLock />
      <Storage />
      <section class="section">
        <h2>{t('me.signOut')}</h2>
        <SignOut />
      </section>
    </Screen>
  );
}

function Account() {
  const { account } = useStatus();
  const { projects } = useWorkplaces();
  if (!account) return null;
  return (
    <section class="card">
      <h2>{account.name}</h2>
      <dl class="facts">
        <dt>{t('me.device')}</dt>
        <dd>{account.device}</dd>
        <dt>{t('me.server')}</dt>
        <dd>{account.server.replace(/^https?:\/\//, '') || location.host}</dd>
        {account.grants.length > 0 && (
          <>
            <dt>{t('me.places')}</dt>
            <dd>
              <ul>
                {account.grants.map((grant) => (
                  <li key={grant.role + grant.scope}>
                    {placeName(placeOf(grant.scope, projects))} · {t(`role.${grant.role satisfies Role}`)}
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Appearance() {
  return (
    <section class="section">
      <h2>{t('me.language')}</h2>
      <Choices<Language>
        label={t('me.language')}
        value={language.value}
        options={[
          ['zh-CN', '中文'],
          ['en', 'English'],
        ]}
        onChoose={speak}
      />
      <h2>{t('me.theme')}</h2>
      <Choices<Theme>
        label={t('me.theme')}
        value={theme.value}
        options={[
          ['system', t('me.theme.system')],
          ['light', t('me.theme.light')],
          ['dark', t('me.theme.dark')],
        ]}
        onChoose={chooseTheme}
      />
    </section>
  );
}

function Positions() {
  return (
    <section class="section">
      <h2>{t('me.map')}</h2>
      <p class="small quiet">{t('me.mapText')}</p>
      <Choices<Datum>
        label={t('me.map')}
        value={datum.value}
        options={DATUMS.map((known) => [known, t(`me.map.${known}`)])}
        onChoose={chooseDatum}
      />
    </section>
  );
}

function AppLock() {
  const [setting, setSetting] = useState(false);
  const [isSet, setIsSet] = useState(lock.isSet);
  return (
    <section class="section">
      <h2>{t('me.lock')}</h2>
      <p class="small quiet">{t('me.lockText')}</p>
      {setting ? (
        <LockForm
          onDone={() => {
            setSetting(false);
            setIsSet(lock.isSet);
          }}
        />
      ) : (
        <div class="row">
          <button type="button" class="button" onClick={() => setSetting(true)}>
            {t(isSet ? 'me.lockChange' : 'me.lockSet')}
          </button>
          {isSet && (
            <>
              <button
                type="button"
                class="button"
                onClick={() => {
                  locked.value = true;
                }}
              >
                {t('me.lockNow')}
              </button>
              <button
                type="button"
                class="button danger"
                onClick={() => {
                  lock.remove();
                  setIsSet(false);
                }}
              >
                {t('me.lockRemove')}
              </button>
            </>
          )}
        </div>
      )}
    </section>
  );
}

function Storage() {
  const phone = usePhone();
  const { storage, files } = useStatus();
  const [refused, setRefused] = useState(false);
  const { usage, quota, persisted } = storage;
  return (
    <section class="section">
      <h2>{t('me.storage')}</h2>
      <dl class="facts card">
        {usage !== undefined && (
          <>
            <dt>{t('me.used')}</dt>
            <dd class="number">{sayBytes(usage)}</dd>
          </>
        )}
        {usage !== undefined && quota !== undefined && (
          <>
            <dt>{t('me.left')}</dt>
            <dd class="number">{sayBytes(Math.max(0, quota - usage))}</dd>
          </>
        )}
        <dt>{t('me.copies')}</dt>
        <dd class="number">{t('me.copiesOf', { n: files.kept, size: sayBytes(files.bytes) })}</dd>
        <dt>{t('me.persisted')}</dt>
        <dd>{t(persisted ? 'me.persistedYes' : 'me.persistedNo')}</dd>
        <dt>{t('me.offline')}</dt>
        <dd>{t(navigator.serviceWorker?.controller ? 'me.offlineYes' : 'me.offlineNo')}</dd>
        <dt>{t('me.version')}</dt>
        <dd class="number">{__BUILT__}</dd>
      </dl>
      {refused && <Notice tone="warn">{t('me.persistNo')}</Notice>}
      <div class="row">
        {!persisted && (
          <button type="button" class="button" onClick={async () => setRefused(!(await phone.persist()))}>
            {t('me.persist')}
          </button>
        )}
        {canInstall.value && (
          <button type="button" class="button" onClick={install}>
            {t('me.install')}
          </button>
        )}
      </div>
    </section>
  );
}
