import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.js';
import { isPassword } from '../config/password.js';

/** A login ends after so long without a request, and after so long in any case, milliseconds. */
const IDLE_MS = 2 * 3_600_000;
const LONGEST_MS = 12 * 3_600_000;
/** The link that is printed at the start can be used for so long, milliseconds. */
const LINK_MS = 3_600_000;
/** After a wrong password the next try has to wait: a second, then twice as long each time, up to this. */
const LONGEST_WAIT_MS = 60_000;

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

const digest = (text: string) => createHash('sha256').update(text).digest();
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b));
const random = () => randomBytes(32).toString('base64url');

/** Who is logged in; kept in memory, so that a restart ends every login. */
export class Logins {
  readonly #entrance: Entrance;
  readonly #clock: Clock;
  readonly #began: number;
  readonly #open = new Map<string, Login>();
  #linkUsed = false;
  #wrong = 0;
  #nextTryAt = Number.NEGATIVE_INFINITY;
  /** One at a time: trying many at once must not be faster than one after the other. */
  #checking: Promise<unknown> = Promise.resolve();

  constructor(entrance: Entrance, clock: Clock) {
    this.#entrance = entrance;
    this.#clock = clock;
    this.#began = clock.steady();
  }

  /** What the login page asks for; `over`: the link has been used, or was not used in time. */
  asksFor(): 'password' | 'link' | 'over' {
    if ('passwordHash' in this.#entrance) return 'password';
    return this.#linkUsed || this.#clock.steady() - this.#began > LINK_MS ? 'over' : 'link';
  }

  /** Logs in with what was typed, or with the link. The cookie's value, or why not, with the seconds to wait. */
  async logIn(presented: string): Promise<{ cookie: string } | { wrong: true; waitS: number }> {
    const turn = this.#checking.then(() => this.#check(presented));
    this.#checking = turn.catch(() => undefined);
    return turn;
  }

  async #check(presented: string): Promise<{ cookie: string } | { wrong: true; waitS: number }> {
    const waitMs = this.#nextTryAt - this.#clock.steady();
    if (waitMs > 0) return { wrong: true, waitS: Math.ceil(waitMs / 1000) };
    if (await this.#isRight(presented)) {
      this.#wrong = 0;
      this.#linkUsed = true;
      const cookie = random();
      const now = this.#clock.steady();
      this.#open.set(cookie, { token: random(), began: now, used: now });
      return { cookie };
    }
    const nextMs = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** this.#wrong++);
    this.#nextTryAt = this.#clock.steady() + nextMs;
    return { wrong: true, waitS: 0 };
  }

  async #isRight(presented: string): Promise<boolean> {
    if ('passwordHash' in this.#entrance) return isPassword(presented, this.#entrance.passwordHash);
    return this.asksFor() === 'link' && same(presented, this.#entrance.link);
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
