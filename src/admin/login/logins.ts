import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { isPassword } from '../../config/password.js';
import { ADMIN_LINK_MS } from '../../store/settings/admin-links.js';
import { Guesses } from '../guesses.js';

/** A login ends after so long without a request, and after so long in any case, milliseconds. */
const IDLE_MS = 2 * 3_600_000;
const LONGEST_MS = 12 * 3_600_000;
/** Passwords that may wait to be checked, of all clients together: each takes a moment of the processor. */
const MOST_WAITING = 100;

/** One logged-in browser. */
export interface Login {
  /** Every form carries it, so that no other site can send one. */
  token: string;
  began: number;
  used: number;
  /** What was done last, for the page whose address names this code: no address can make a page say anything else. */
  notice?: { code: string; text: string };
}

/** How a login may be had: with the password of this hash, or with a link that works once. */
export type Entrance = { passwordHash: string } | { link: string };

/** A login's cookie, or that it was refused, and the seconds to wait before the next try counts. */
export type LoginAnswer = { cookie: string } | { wrong: true; waitS: number };

const digest = (text: string) => createHash('sha256').update(text).digest();
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));
const random = () => randomBytes(32).toString('base64url');

/** Who is logged in; kept in memory, so that a restart ends every login. */
export class Logins {
  readonly #entrance: Entrance;
  readonly #clock: Clock;
  readonly #began: number;
  readonly #open = new Map<string, Login>();
  readonly #useLink: (link: string) => Promise<boolean>;
  readonly #guesses: Guesses;
  #linkUsed = false;
  #waiting = 0;
  /** One at a time: strangers who try many passwords at once take one processor at most. */
  #checking: Promise<unknown> = Promise.resolve();

  /** `useLink` uses up a link that `drason keys admin-link` made. */
  constructor(entrance: Entrance, clock: Clock, useLink: (link: string) => Promise<boolean>) {
    this.#entrance = entrance;
    this.#clock = clock;
    this.#began = clock.steady();
    this.#useLink = useLink;
    this.#guesses = new Guesses(clock.steady);
  }

  /** What the login page asks for; `over`: the link has been used, or was not used in time. */
  asksFor(): 'password' | 'link' | 'over' {
    if ('passwordHash' in this.#entrance) return 'password';
    return this.#linkUsed || this.#clock.steady() - this.#began > ADMIN_LINK_MS ? 'over' : 'link';
  }

  /** Logs in with a link: the cookie's value. No wrong guess delays the right link, which nobody can guess. */
  async logInByLink(link: string): Promise<LoginAnswer> {
    if ('link' in this.#entrance && this.asksFor() === 'link' && same(link, this.#entrance.link)) {
      this.#linkUsed = true;
      return { cookie: this.#begin() };
    }
    return (await this.#useLink(link)) ? { cookie: this.#begin() } : { wrong: true, waitS: 0 };
  }

  /** Logs in with a password. A client that has guessed wrong too often waits; the others do not wait for it. */
  async logIn(password: string, client: string): Promise<LoginAnswer> {
    const entrance = this.#entrance;
    if (!('passwordHash' in entrance)) return { wrong: true, waitS: 0 };
    const waitS = this.#guesses.take(client);
    if (waitS > 0) return { wrong: true, waitS };
    if (this.#waiting >= MOST_WAITING) {
      this.#guesses.giveBack(client);
      return { wrong: true, waitS: 1 };
    }
    this.#waiting++;
    const turn = this.#checking.then(() => isPassword(password, entrance.passwordHash));
    this.#checking = turn.catch(() => undefined).then(() => this.#waiting--);
    if (!(await turn)) return { wrong: true, waitS: 0 };
    this.#guesses.giveBack(client);
    return { cookie: this.#begin() };
  }

  #begin(): string {
    const cookie = random();
    const now = this.#clock.steady();
    this.#open.set(cookie, { token: random(), began: now, used: now });
    return cookie;
  }

  /** The login that a cookie stands for, unless it has ended. Counts as use of it. */
  find(cookie: string | undefined): Login | undefined {
    const now = this.#clock.steady();
    for (const [value, { began, used }] of this.#open) {
      if (now - began > LONGEST_MS || now - used > IDLE_MS) this.#open.delete(value);
    }
    const login = cookie === undefined ? undefined : this.#open.get(cookie);
    if (login) login.used = now;
    return login;
  }

  /** Ends a login. */
  end(cookie: string | undefined): void {
    if (cookie !== undefined) this.#open.delete(cookie);
  }

  /** Whether a form's token is that of the login. */
  isToken(login: Login, token: unknown): boolean {
    return typeof token === 'string' && same(token, login.token);
  }
}
