import { cpus, release, type as systemName, totalmem } from 'node:os';

/** What the figures were measured on. */
export function aboutMachine() {
  const [cpu] = cpus();
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cores: cpus().length,
    cpu: cpu?.model ?? 'unknown',
    memory_gb: Math.round(totalmem() / 1e9),
    system: `${systemName()} ${release()}`,
  };
  const text = `${facts.date}, Node ${facts.node}, ${facts.cores} cores (${facts.cpu}), ${facts.memory_gb} GB, ${facts.system}`;
  return { ...facts, text };
}
