import { ApiError } from './replies.js';

/** The names of this machine as it calls itself; no page of another site can have one of them. */
const LOOPBACK = /^(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/** `drason.example.com:3001` in lower case, without the port that https or http implies; undefined: it is no host. */
function hostOf(header: string): { name: string; host: string } | undefined {
  if (/[\s/@?#\\]/.test(header) || !URL.canParse(`http://${header}`)) return undefined;
  const { hostname, host } = new URL(`http://${header}`);
  return { name: hostname, host: host.replace(/:(443|80)$/, '') };
}

/**
 * The names that the service answers to on its own pages: those of this machine, the address it listens on, and the hosts
 * of its public URLs. A page of another site that makes its name lead here (DNS rebinding) still sends its own name.
 */
export class OwnNames {
  readonly #public: ReadonlySet<string>;

  readonly #listensOn: string;

  constructor(publicUrls: readonly string[], listensOn: string) {
    this.#listensOn = listensOn.includes(':') ? `[${listensOn}]` : listensOn;
    this.#public = new Set(publicUrls.map((url) => new URL(url).host.replace(/:(443|80)$/, '')));
  }

  /** Whether a request's Host is one of them. Every browser sends one; what sends none is no page. */
  has(host: string | undefined): boolean {
    if (host === undefined) return true;
    const asked = hostOf(host);
    if (asked === undefined) return false;
    return LOOPBACK.test(asked.name) || asked.name === this.#listensOn || this.#public.has(asked.host);
  }

  /** Throws the answer to a request under another name: 421. */
  check(host: string | undefined): void {
    if (this.has(host)) return;
    throw new ApiError(
      421,
      'MISDIRECTED',
      'drason does not know itself by this name. If it is right, start it with --public-url, or set serve: public_url in the rules file.',
    );
  }
}
