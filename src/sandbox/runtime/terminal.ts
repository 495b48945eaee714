/** Writes lines for people to read, in colour only on a terminal and if NO_COLOR is not set. */

type Colour = 'bold' | 'dim' | 'cyan' | 'yellow' | 'green' | 'red';

export interface Terminal {
  /** Characters per line: at least 60, or 160 if the output is not a terminal. */
  readonly width: number;
  /** True if the last line can be overwritten. */
  readonly interactive: boolean;
  colour(colour: Colour, text: string): string;
  writeLine(text?: string): void;
  /** Shows a line until the next one replaces it. Writes nothing if the output is not a terminal. */
  showLive(text: string): void;
}

const ANSI_CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, cyan: 36, yellow: 33, green: 32, red: 31 };
const ERASE_LINE = '\r\u001b[K';
const WIDTH_ELSEWHERE = 160;

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export function createTerminal(output: Output, env: { readonly [name: string]: string | undefined }): Terminal {
  const interactive = output.isTTY === true;
  const coloured = interactive && !env.NO_COLOR;
  let liveLineShown = false;

  return {
    interactive,
    get width() {
      return interactive ? Math.max(60, output.columns ?? 80) : WIDTH_ELSEWHERE;
    },
    colour: (colour, text) => (coloured ? `\u001b[${ANSI_CODES[colour]}m${text}\u001b[0m` : text),
    writeLine(text = '') {
      output.write(`${liveLineShown ? ERASE_LINE : ''}${text}\n`);
      liveLineShown = false;
    },
    showLive(text) {
      if (!interactive) return;
      output.write(`${ERASE_LINE}${text}`);
      liveLineShown = true;
    },
  };
}

/** Breaks a text at spaces into lines of at most `width` characters. A longer word, such as a URL, stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Shortens a text of more than `width` characters to that length, with `…` as its last character. */
export const truncate = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
