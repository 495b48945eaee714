/** Renders the measured figures as a Markdown table, followed by the machines on which they were measured. */
export function benchTable(benchmarks) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const figures = Object.values(benchmarks).flatMap((one) => one.figures);
  return [
    row(['What', 'Ours', 'Baseline', 'Ratio', 'Target', 'Met', 'Also']),
    row(Array.from({ length: 7 }, () => '---')),
    ...figures.map(({ name, ours, baseline, ratio, aim, pass, detail }) =>
      row([name, ours, baseline, ratio, aim, pass === undefined ? '' : pass ? 'yes' : 'no', detail]),
    ),
    '',
    ...measuredOn(benchmarks),
  ].join('\n');
}

/** Returns one line if all benchmarks ran on the same machine, otherwise one for each machine. */
function measuredOn(benchmarks) {
  const namesOf = new Map();
  for (const [name, { machine }] of Object.entries(benchmarks))
    namesOf.set(machine, [...(namesOf.get(machine) ?? []), `\`${name}\``]);
  if (namesOf.size === 1) return [`Measured on ${[...namesOf.keys()][0]}.`];
  return [...namesOf].map(([machine, names]) => `- ${names.join(', ')}: measured on ${machine}.`);
}
