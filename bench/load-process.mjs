// The counterpart of `startLoad`: runs tasks by name and returns their results.
export function serveTasks(tasks, ready = {}) {
  process.on('message', ({ task, ...details }) => {
    Promise.resolve(tasks[task](details)).then(
      (answer) => process.send({ ...answer }),
      (error) => process.send({ problem: error.stack ?? String(error) }),
    );
  });
  process.once('disconnect', () => process.exit(0));
  process.send(ready);
}
