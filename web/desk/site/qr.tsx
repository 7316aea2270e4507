import { Awaited } from '../ui/page';
import { useLoaded } from '../ui/tasks';

/** A text as a QR code, drawn here: what is in it is a secret, and no other host is asked. */
export function Qr({ text, label }: { text: string; label: string }) {
  const drawn = useLoaded(async () => {
    const { encode } = await import('uqr');
    return encode(text, { ecc: 'M', border: 4 });
  }, [text]);
  return (
    <Awaited of={drawn}>
      {({ data, size }) => (
        <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
          <rect width={size} height={size} fill="#fff" />
          <path
            fill="#000"
            d={data.flatMap((row, y) => row.flatMap((on, x) => (on ? `M${x} ${y}h1v1h-1z` : []))).join('')}
          />
        </svg>
      )}
    </Awaited>
  );
}
