/** Asks a person on the terminal. */
import { createInterface } from 'node:readline/promises';

/** @returns What was typed, or `fallback` for an empty line. The question goes to stderr, so stdout stays clean. */
export async function askOnTerminal(question: string, fallback: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C on a terminal and would only end the question.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = (await reader.question(`${question} [${fallback}] `)).trim();
    return answer === '' ? fallback : answer;
  } finally {
    reader.close();
  }
}
