import { DrasonError } from '../errors.js';

/** What one check found. `fix` says what to do where something is not as it should be. */
export interface Finding {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  message: string;
  fix: string | null;
}

export function ok(name: string, message: string): Finding {
  return { name, state: 'ok', message, fix: null };
}

export function warning(name: string, message: string, fix: string): Finding {
  return { name, state: 'warning', message, fix };
}

export function failed(name: string, message: string, fix: string): Finding {
  return { name, state: 'failed', message, fix };
}

/** What another command would end with, as a finding. Anything but an error of drason's own is thrown on. */
export function failedBy(name: string, error: unknown, fix: string): Finding {
  if (!(error instanceof DrasonError)) throw error;
  return failed(name, error.message, error.next ?? fix);
}
