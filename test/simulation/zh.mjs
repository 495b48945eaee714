import { bundleSimulation } from './load.mjs';
const { simulate, close } = await bundleSimulation();
const r = await simulate(Number(process.argv[2]), {});
console.log(r.events, r.hours);
await close();
