import QRCode from 'qrcode';

/** Medium correction: a phone reads it from a scratched screen, and the address still fits a small code. */
const OPTIONS = { errorCorrectionLevel: 'M', margin: 4 } as const;
const PNG_PIXELS_PER_MODULE = 8;

/** A QR code as an SVG document. */
export async function qrSvg(text: string): Promise<string> {
  return await QRCode.toString(text, { ...OPTIONS, type: 'svg' });
}

/** A QR code as a PNG of about 400 pixels a side. */
export async function qrPng(text: string): Promise<Buffer> {
  return await QRCode.toBuffer(text, { ...OPTIONS, type: 'png', scale: PNG_PIXELS_PER_MODULE });
}

const FINDER_MODULES = 7;
/** Of the side: a twentieth of the area, of which quartile correction recovers five times as much. */
const HOLE_SHARE = 0.22;

/** A QR code for whoever draws it as part of a picture of their own. */
export interface QrArtwork {
  /** Modules of a side. */
  readonly size: number;
  /** SVG path of the dark modules, one unit each, without the three finders and without the middle. */
  readonly modules: string;
  /** Side of the free square in the middle, for a mark. */
  readonly hole: number;
}

/** A QR code with room for a mark in its middle, and its finders left to be drawn. */
export function qrArtwork(text: string): QrArtwork {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'Q' });
  const { size } = modules;
  const hole = Math.floor(size * HOLE_SHARE) | 1;
  const [from, to] = [(size - hole) / 2, (size + hole) / 2];
  const isFinder = (row: number, column: number): boolean =>
    (row < FINDER_MODULES && (column < FINDER_MODULES || column >= size - FINDER_MODULES)) ||
    (row >= size - FINDER_MODULES && column < FINDER_MODULES);
  const isHole = (row: number, column: number): boolean => row >= from && row < to && column >= from && column < to;
  const runs: string[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const start = column;
      while (column < size && modules.get(row, column) && !isFinder(row, column) && !isHole(row, column)) column++;
      if (column > start) runs.push(`M${start} ${row}h${column - start}v1h-${column - start}z`);
    }
  }
  return { size, modules: runs.join(''), hole };
}

/** Sizes of the picture that the NBU allows (resolution 97 of 2025), and corrections from the best down. */
const NBU_SIZES = { min: 10, max: 20 } as const;
const NBU_CORRECTIONS = ['Q', 'M', 'L'] as const;
const QUIET_MODULES = 4;
/** Of the side: the mark covers a good fiftieth of the code, far below what the weakest correction recovers. */
const MARK_DIAMETER = 0.17;
/** The hryvnia sign in a square of 100, its strokes 9 wide. */
const HRYVNIA = 'M-22-30C-10-46 24-44 24-22 24-4-24 4-24 22-24 44 10 46 24 30M-34-8H34M-34 8H34';

/**
 * The picture of an NBU QR code (`writeNbuQr`) as an SVG document, one unit a module: size 10 to 20, the best correction that fits, the
 * hryvnia sign in a white circle in the middle. Throws when the text fits no such picture, which no text of `writeNbuQr` does.
 */
export function nbuQrSvg(code: string): string {
  const { modules } = nbuQrMatrix(code);
  const side = modules.size + 2 * QUIET_MODULES;
  const middle = side / 2;
  const radius = (modules.size * MARK_DIAMETER) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`,
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/>`,
    `<path stroke="#000" d="${darkRuns(modules)}"/>`,
    `<g shape-rendering="auto"><circle cx="${middle}" cy="${middle}" r="${radius}" fill="#fff"/>`,
    `<path fill="none" stroke="#000" stroke-width="9" d="${HRYVNIA}" transform="translate(${middle} ${middle}) scale(${radius / 60})"/></g>`,
    '</svg>\n',
  ].join('');
}

function nbuQrMatrix(code: string): QRCode.QRCode {
  for (const errorCorrectionLevel of NBU_CORRECTIONS) {
    const smallest = fitting(code, { errorCorrectionLevel });
    if (smallest && smallest.version < NBU_SIZES.min) return QRCode.create(code, { errorCorrectionLevel, version: NBU_SIZES.min });
    if (smallest && smallest.version <= NBU_SIZES.max) return smallest;
  }
  throw new Error(`${code.length} characters do not fit a QR code of size ${NBU_SIZES.max}`);
}

/** Undefined when even the largest QR code is too small. */
function fitting(code: string, options: QRCode.QRCodeOptions): QRCode.QRCode | undefined {
  try {
    return QRCode.create(code, options);
  } catch {
    return undefined;
  }
}

/** One horizontal stroke per run of dark modules. */
function darkRuns(modules: QRCode.BitMatrix): string {
  const runs: string[] = [];
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      const start = column;
      while (column < modules.size && modules.get(row, column)) column++;
      if (column > start) runs.push(`M${start + QUIET_MODULES} ${row + QUIET_MODULES + 0.5}h${column - start}`);
    }
  }
  return runs.join('');
}
