import type { NewProject, Project } from '@contract/generated/contract';
import { sentences } from '@shared/words/i18n';
import { Input } from '../ui/fields';
import { NOWHERE, PlaceInput, placeOf, type TypedPlace, typedOf } from './place-input';
import { t as site } from './words';

const t = sentences({
  name: ['工程名称', 'Name of the project'],
  code: ['项目代码', 'Project code'],
  codeHint: [
    '投资项目在线审批平台的代码,例如 2024-510100-48-01-123456',
    'That of the approval platform, such as 2024-510100-48-01-123456',
  ],
  radius: ['围栏半径(米)', 'Radius of the fence (metres)'],
  radiusHint: ['以上面的坐标为圆心;以后可在地图上重画', 'Round the place above; it can be drawn anew on the map'],
  began: ['开工日期', 'Work began'],
  night: ['夜班下班时间', 'Night shift ends'],
  nightHint: ['有夜班才填:此时刻之前算前一天', 'Where people work at night: what is earlier is of the day before'],
  zone: ['时区', 'Time zone'],
  zoneHint: ['不填则用服务器的,例如 Asia/Shanghai', "Left out, the server's; such as Asia/Shanghai"],
});

/** A project as it is typed. */
export interface TypedProject {
  readonly name: string;
  readonly code: string;
  readonly place: TypedPlace;
  readonly radius: string;
  readonly began: string;
  readonly night: string;
  readonly zone: string;
}

export const BLANK_PROJECT: TypedProject = {
  name: '',
  code: '',
  place: NOWHERE,
  radius: '500',
  began: '',
  night: '',
  zone: '',
};

export const typedProject = (one: Project): TypedProject => ({
  name: one.name,
  code: one.code,
  place: typedOf(one),
  radius: '',
  began: one.began ?? '',
  night: one.nightShiftEnds ?? '',
  zone: one.timeZone,
});

/** What is sent. Throws where the place is none. */
export function bodyOf(typed: TypedProject): NewProject {
  const place = placeOf(typed.place);
  if (!place) throw new Error(site('badAngle'));
  return {
    name: typed.name.trim(),
    code: typed.code.trim(),
    ...place,
    ...(typed.zone.trim() ? { timeZone: typed.zone.trim() } : {}),
    ...(typed.radius ? { fenceRadiusCm: Math.round(Number(typed.radius) * 100) } : {}),
    ...(typed.began ? { began: typed.began } : {}),
    ...(typed.night ? { nightShiftEnds: typed.night } : {}),
  };
}

export function ProjectInputs(props: {
  value: TypedProject;
  onChange: (value: TypedProject) => void;
  /** With the radius of a first fence. */
  fence?: boolean;
}) {
  const { value } = props;
  const set = (some: Partial<TypedProject>) => props.onChange({ ...value, ...some });
  return (
    <>
      <div class="beside">
        <Input label={t('name')} value={value.name} onChange={(name) => set({ name })} maxLength={100} />
        <Input
          label={t('code')}
          hint={t('codeHint')}
          value={value.code}
          onChange={(code) => set({ code })}
          maxLength={40}
        />
      </div>
      <PlaceInput value={value.place} onChange={(place) => set({ place })} />
      <div class="beside">
        {props.fence && (
          <Input
            label={t('radius')}
            hint={t('radiusHint')}
            type="number"
            optional
            value={value.radius}
            onChange={(radius) => set({ radius })}
          />
        )}
        <Input label={t('began')} type="date" optional value={value.began} onChange={(began) => set({ began })} />
        <Input
          label={t('night')}
          hint={t('nightHint')}
          type="time"
          optional
          value={value.night}
          onChange={(night) => set({ night })}
        />
        <Input
          label={t('zone')}
          hint={t('zoneHint')}
          optional
          value={value.zone}
          onChange={(zone) => set({ zone })}
          maxLength={64}
        />
      </div>
    </>
  );
}
