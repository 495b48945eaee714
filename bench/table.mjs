/** Renders the measured figures as a Markdown table. @param machine A description of the machine. */
export function benchTable(benchmarks, machine) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const figures = Object.values(benchmarks).flatMap((one) => one.figures);
  return [
    row(['What', 'Ours', 'Baseline', 'Ratio', 'Target', 'Met', 'Also']),
    row(Array.from({ length: 7 }, () => '---')),
    ...figures.map(({ name, ours, baseline, ratio, aim, pass, detail }) =>
      row([name, ours, baseline, ratio, aim, pass === undefined ? '' : pass ? 'yes' : 'no', detail]),
    ),
    '',
    `Measured on ${machine}.`,
  ].join('\n');
}
