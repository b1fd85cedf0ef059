/** One window of an image: two kinds of content, zeros that are allocated, or a hole. */
type Window = 'a' | 'b' | 'zeros' | 'hole';

/** An image whose backup shows one feature of the format. */
export interface ImageShape {
  readonly name: string;
  readonly windows: readonly Window[];
  /** Bytes behind the last full window. */
  readonly tailBytes: number;
  /** Which windows Longhorn is told to store: those with data, or all. */
  readonly mapping: 'sparse' | 'dense';
  readonly labels?: Readonly<Record<string, string>>;
  readonly secret?: string;
  readonly secretNamespace?: string;
  /** The backup is left as a crash right after the start leaves it. */
  readonly interrupted?: boolean;
}

/** Every shape that the format knows, small enough to be committed. */
export const imageShapes: readonly ImageShape[] = [
  { name: 'dense', windows: ['a', 'zeros', 'b'], tailBytes: 0, mapping: 'dense' },
  { name: 'sparse', windows: ['a', 'hole', 'hole', 'b', 'hole'], tailBytes: 0, mapping: 'sparse' },
  { name: 'short-tail', windows: ['a'], tailBytes: 1536, mapping: 'sparse' },
  { name: 'duplicates', windows: ['a', 'b', 'a', 'a'], tailBytes: 0, mapping: 'sparse' },
  { name: 'all-zero', windows: ['zeros', 'zeros'], tailBytes: 512, mapping: 'dense' },
  { name: 'all-holes', windows: ['hole', 'hole'], tailBytes: 0, mapping: 'sparse' },
  { name: 'one-block', windows: ['b'], tailBytes: 0, mapping: 'sparse' },
  { name: 'one-short-block', windows: [], tailBytes: 512, mapping: 'sparse' },
  {
    name: 'labels',
    windows: ['a'],
    tailBytes: 0,
    mapping: 'sparse',
    labels: {
      plain: 'value',
      'quote"<&>': '<b> & "c" \\ \u2028\u2029 \u007f \u0001\b\f\n\r\t',
      '\uff01 before the next in UTF-16 only after it in UTF-8': 'é ü 漢',
      '\u{1f404}': '\u{1f33e}',
    },
  },
  { name: 'encrypted', windows: ['b'], tailBytes: 0, mapping: 'sparse', secret: 'luks-key', secretNamespace: 'vms' },
  { name: 'in-progress', windows: ['a', 'b'], tailBytes: 0, mapping: 'sparse', interrupted: true },
];

const windowBytes = 2 * 1024 * 1024;

/** The bytes of an image. All alike in every run, and packed small. */
export function buildImage(shape: ImageShape): Uint8Array {
  const bytes = new Uint8Array(shape.windows.length * windowBytes + shape.tailBytes);
  shape.windows.forEach((window, index) =>
    fill(bytes.subarray(index * windowBytes, (index + 1) * windowBytes), window),
  );
  fill(bytes.subarray(bytes.length - shape.tailBytes), shape.mapping === 'dense' ? 'zeros' : 'a');
  return bytes;
}

/** Whether a window is left out of the file when it is written, so that it becomes a hole. */
export function isHole(shape: ImageShape, index: number): boolean {
  return shape.windows[index] === 'hole';
}

/** A line that counts in base 3 × 16 bytes: the same in base64, where a period of three bytes stays one. */
function fill(bytes: Uint8Array, window: Window): void {
  if (window !== 'a' && window !== 'b') return;
  const line = Buffer.from(`window ${window} of an image, again and again; `.padEnd(48, '.'));
  for (let at = 0; at < bytes.length; at += line.length) line.copy(bytes, at);
}
