/** Lines for people: aligned, coloured only where colours are wanted, as wide as the window. */

export type Colour = 'bold' | 'dim' | 'cyan' | 'yellow' | 'green' | 'red';

export interface Terminal {
  readonly width: number;
  /** True when a line can be written over. */
  readonly interactive: boolean;
  colour(colour: Colour, text: string): string;
  writeLine(text?: string): void;
  /** Writes over the last line while on a terminal; says nothing elsewhere. */
  replaceLine(text: string): void;
}

const ANSI_CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, cyan: 36, yellow: 33, green: 32, red: 31 };

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createTerminal(output: Output, env: { readonly [name: string]: string | undefined }): Terminal {
  const live = output.isTTY === true;
  const coloured = live && !env.NO_COLOR;
  let open = false;

  return {
    interactive: live,
    get width() {
      return live ? Math.max(60, output.columns ?? 80) : 160;
    },
    colour: (colour, text) => (coloured ? `\u001b[${ANSI_CODES[colour]}m${text}\u001b[0m` : text),
    writeLine(text = '') {
      // Clears what was left of the line that is written over.
      output.write(`${open ? '\r\u001b[K' : ''}${text}\n`);
      open = false;
    },
    replaceLine(text) {
      if (!live) return;
      output.write(`\r\u001b[K${text}`);
      open = true;
    },
  };
}

/** Shortens to so many characters; the last one says that something is missing. */
export const truncate = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
