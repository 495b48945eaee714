/** Lines for people: aligned, coloured only where colours are wanted, as wide as the window. */

export type Colour = 'bold' | 'dim' | 'cyan' | 'yellow' | 'green' | 'red';

export interface Screen {
  readonly width: number;
  /** True when a line can be written over. */
  readonly live: boolean;
  paint(colour: Colour, text: string): string;
  line(text?: string): void;
  /** Writes over the last line while on a terminal; says nothing elsewhere. */
  overwrite(text: string): void;
}

const CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, cyan: 36, yellow: 33, green: 32, red: 31 };

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createScreen(output: Output, env: { readonly [name: string]: string | undefined }): Screen {
  const live = output.isTTY === true;
  const coloured = live && !env.NO_COLOR;
  let open = false;

  return {
    live,
    get width() {
      return live ? Math.max(60, output.columns ?? 80) : 160;
    },
    paint: (colour, text) => (coloured ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text),
    line(text = '') {
      // Clears what was left of the line that is written over.
      output.write(`${open ? '\r\u001b[K' : ''}${text}\n`);
      open = false;
    },
    overwrite(text) {
      if (!live) return;
      output.write(`\r\u001b[K${text}`);
      open = true;
    },
  };
}

/** Shortens to so many characters; the last one says that something is missing. */
export const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
