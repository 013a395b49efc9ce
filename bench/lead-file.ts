import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './bench.js';

const FIRST = ['Ann', 'Bob', 'Carla', 'Dieter', 'Eve', 'François', 'Grace', 'Hiro', 'Ines', 'Jörg'];
const LAST = ['Adler', 'Brown', 'Chen', 'Dubois', 'Evans', 'Fischer', 'Garcia', 'Hansen'];
const PERSONAS = ['VP Sales', 'CTO', 'Head of Growth', 'CEO', 'Founder', 'Marketing Manager', 'RevOps Lead', 'Intern'];
const HEADER = 'email,first_name,last_name,company,persona,lead_score,phone,website,location,linkedin_url\n';

/** The same numbers in every run. */
function randomNumbers(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

/**
 * A CSV of ten columns, about 170 bytes a row, made once: twenty leads a company, their addresses in no order, one in
 * fifty a shared mailbox, a quoted cell in each.
 */
export async function leadFile(bench: Bench, rows: number): Promise<string> {
  const path = join(bench.folder, `leads-${rows}.csv`);
  if (existsSync(path)) return path;
  const out = createWriteStream(path);
  const random = randomNumbers();
  const pick = (list: readonly string[]) => list[random(list.length)] ?? '';
  let text = HEADER;
  for (let n = 0; n < rows; n++) {
    const [first, last, company] = [pick(FIRST), pick(LAST), random(Math.max(1, rows / 20))];
    const name = n % 50 === 0 ? 'info+' : `${first[0]}.${last}.`;
    text += `${name.toLowerCase()}${n}@company${company}.com,${first},${last},Company ${company},${pick(PERSONAS)},${random(101)},`;
    text += `+1 555 ${String(n).padStart(7, '0')},https://company${company}.com,"Berlin, Germany",https://www.linkedin.com/in/${last.toLowerCase()}-${n}\n`;
    if (text.length < 1 << 20) continue;
    if (!out.write(text)) await once(out, 'drain');
    text = '';
  }
  out.end(text);
  await once(out, 'close');
  return path;
}

/** Nine rules; some leads match none. */
export const RULES = `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "1", priority: 100 }
  - { persona: VP Sales, target_campaign_id: "2" }
  - { persona: CTO, min_score: 50, target_campaign_id: "3" }
  - { persona: Head of Growth, target_campaign_id: "4" }
  - { persona: [CEO, Founder], min_score: 60, target_campaign_id: "5" }
  - { persona: [CEO, Founder], min_score: 30, target_campaign_id: "6" }
  - { persona: Marketing Manager, target_campaign_id: "7" }
  - { persona: RevOps Lead, target_campaign_id: "8" }
  - { persona: "*", min_score: 90, target_campaign_id: "9" }
`;
