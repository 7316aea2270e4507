import { useEffect, useRef, useState } from 'preact/hooks';
import { usePicture } from './pictures';
import { t } from './words';

export type Box = readonly [left: number, top: number, right: number, bottom: number];

/** How a page is looked at: `zoom` 1 fits the width; `turn` in quarters to the right. */
export interface View {
  readonly zoom: number;
  readonly turn: number;
}

const STEP = 1.25;
const [LEAST, MOST] = [0.5, 8];

export const zoomed = (view: View, by: 1 | -1): View => ({
  ...view,
  zoom: Math.min(MOST, Math.max(LEAST, view.zoom * STEP ** by)),
});
export const turned = (view: View): View => ({ ...view, turn: (view.turn + 1) % 4 });
export const FIT: View = { zoom: 1, turn: 0 };

/** A page with a box around the value in hand, which is always in sight. It scrolls; dragging moves it as well. */
export function Viewer(props: {
  pages: readonly string[];
  page: number;
  box?: Box | undefined;
  view: View;
  onView: (view: View) => void;
  onPage: (page: number) => void;
}) {
  const { pages, page, box, view, onView } = props;
  const address = usePicture(pages[page - 1]);
  const frame = useRef<HTMLElement>(null);
  const mark = useRef<HTMLDivElement>(null);
  const [size, measure] = useState<readonly [width: number, height: number]>();
  const [room, make] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(() => make(frame.current?.clientWidth ?? 0));
    if (frame.current) watch.observe(frame.current);
    return () => watch.disconnect();
  }, []);
  const [width, height] = size ?? [1, 1];
  const lying = view.turn % 2 === 1;
  const scale = (room / (lying ? height : width)) * view.zoom;
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center', inline: 'center' });
  }, [address, box?.join(), scale, view.turn]);
  return (
    <div class="viewer">
      <div class="viewer-bar no-print">
        <button type="button" class="button" title="Alt+-" onClick={() => onView(zoomed(view, -1))}>
          {t('view.out')}
        </button>
        <button type="button" class="button" title="Alt+=" onClick={() => onView(zoomed(view, 1))}>
          {t('view.in')}
        </button>
        <button type="button" class="button" title="Alt+0" onClick={() => onView(FIT)}>
          {t('view.fit')}
        </button>
        <button type="button" class="button" title="Alt+R" onClick={() => onView(turned(view))}>
          {t('view.turn')}
        </button>
        <span class="gap" />
        {pages.length > 1 && (
          <>
            <button type="button" class="button" disabled={page <= 1} onClick={() => props.onPage(page - 1)}>
              {t('view.before')}
            </button>
            <span class="quiet number">{t('paper.page', { n: page, of: pages.length })}</span>
            <button type="button" class="button" disabled={page >= pages.length} onClick={() => props.onPage(page + 1)}>
              {t('view.after')}
            </button>
          </>
        )}
      </div>
      <section
        class="viewer-frame"
        ref={frame}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        aria-label={t('paper.picture', { n: page })}
        onPointerDown={drag}
      >
        {address === null && <p class="state quiet">{t('paper.noPicture')}</p>}
        {address && (
          <div
            class="viewer-space"
            style={{ width: px((lying ? height : width) * scale), height: px((lying ? width : height) * scale) }}
          >
            <div
              class="viewer-sheet"
              style={{
                width: px(width * scale),
                height: px(height * scale),
                transform: turnedBy(view.turn, width * scale, height * scale),
              }}
            >
              <img
                src={address}
                alt={t('paper.picture', { n: page })}
                draggable={false}
                onLoad={({ currentTarget }) => measure([currentTarget.naturalWidth, currentTarget.naturalHeight])}
              />
              {box && size && <div ref={mark} class="viewer-box" style={around(box, scale)} />}
            </div>
          </div>
        )}
      </section>
    </div>
  );
}

const px = (length: number) => `${length}px`;

/** The box with a little air, so that its line hides no ink. */
function around([left, top, right, bottom]: Box, scale: number) {
  const air = 6;
  return {
    left: px(left * scale - air),
    top: px(top * scale - air),
    width: px((right - left) * scale + 2 * air),
    height: px((bottom - top) * scale + 2 * air),
  };
}

/** Turn about the upper left corner, and move back into sight. */
function turnedBy(turn: number, width: number, height: number): string {
  const back = [
    [0, 0],
    [height, 0],
    [width, height],
    [0, width],
  ][turn] ?? [0, 0];
  return `translate(${back[0]}px, ${back[1]}px) rotate(${turn * 90}deg)`;
}

/** Move what scrolls with the pointer. */
function drag(event: PointerEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.button !== 0 || event.pointerType === 'touch') return;
  const frame = event.currentTarget;
  const [x, y, left, top] = [event.clientX, event.clientY, frame.scrollLeft, frame.scrollTop];
  const move = (now: PointerEvent) => frame.scrollTo(left + x - now.clientX, top + y - now.clientY);
  frame.setPointerCapture(event.pointerId);
  frame.addEventListener('pointermove', move);
  frame.addEventListener('pointerup', () => frame.removeEventListener('pointermove', move), { once: true });
}

/** A value cut out of its page, as high as a line. */
export function Crop({ page, box }: { page: string | undefined; box: Box }) {
  const address = usePicture(page);
  const [left, top, right, bottom] = box;
  const air = 8;
  const [width, height] = [right - left + 2 * air, bottom - top + 2 * air];
  // As high as there is room, so that it can be read; of a long box the beginning, where the writing is.
  const scale = Math.min(1, CROP_HEIGHT / height);
  return (
    <span class="crop" style={{ width: px(Math.min(CROP_WIDTH, width * scale)), height: px(height * scale) }}>
      {address && (
        <img src={address} alt="" style={{ transform: `scale(${scale}) translate(${air - left}px, ${air - top}px)` }} />
      )}
    </span>
  );
}

const CROP_HEIGHT = 38;
const CROP_WIDTH = 220;
