// One line of a trace for each entry of the history.
export function traceLine(entry) {
  const time = new Date(entry.t).toISOString().slice(8, 23);
  switch (entry.kind) {
    case 'frame':
      return `${time} ${entry.way === 'up' ? '<' : '>'} ${entry.charger}#${entry.socket} ${entry.text}`;
    case 'socket':
      return `${time} - ${entry.charger}#${entry.socket} ${entry.event}`;
    case 'request':
      return `${time} < ${entry.n} ${entry.from} ${entry.intent.dialect} ${entry.action} ${entry.body}`;
    case 'callback':
      return `${time} > ${entry.n} ${entry.url} ${entry.body}`;
    case 'answer':
      return `${time}   > answer ${entry.n} ${entry.status} ${entry.body}`;
    case 'delivery':
      return `${time}   < answer ${entry.n} ${entry.to} ${entry.status} ${entry.ack}`;
    default:
      return `${time} *** ${entry.kind}`;
  }
}
