// What the pages do by themselves where script runs. Everything but this works without it.

/** Pages that change by themselves are asked for anew, and only their contents are put in. */
function keepLive() {
  const main = document.querySelector('main[data-live]');
  if (!main) return;
  const wait = Number(main.getAttribute('data-live')) * 1000;
  setTimeout(async () => {
    if (!document.hidden) await renew(main);
    keepLive();
  }, wait);
}

/** @param {Element} main */
async function renew(main) {
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    if (answer.redirected) return location.assign(answer.url);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (!fresh) return;
    const busy = main.contains(document.activeElement) && document.activeElement !== main;
    const open = main.querySelector('details[open]');
    // who is typing or reading on is not disturbed
    if (busy || open) return;
    main.replaceChildren(...fresh.childNodes);
    const live = fresh.getAttribute('data-live');
    if (live) main.setAttribute('data-live', live);
    else main.removeAttribute('data-live');
  } catch {
    // the server is being started anew: the next time
  }
}

/** A box at the head of a list ticks all of it. */
function tickAll() {
  for (const box of document.querySelectorAll('input[data-ticks]')) {
    const others = document.querySelectorAll(`input[name="${box.getAttribute('data-ticks')}"]`);
    box.addEventListener('change', () => {
      for (const other of others) if (other instanceof HTMLInputElement) other.checked = box.checked;
    });
  }
}

/** A file may be dropped where it can be chosen. */
function takeDrops() {
  for (const zone of document.querySelectorAll('[data-drop]')) {
    const input = zone.querySelector('input[type=file]');
    zone.addEventListener('dragover', (event) => {
      event.preventDefault();
      zone.classList.add('over');
    });
    zone.addEventListener('dragleave', () => zone.classList.remove('over'));
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      zone.classList.remove('over');
      if (event.dataTransfer?.files.length) input.files = event.dataTransfer.files;
    });
  }
}

keepLive();
tickAll();
takeDrops();
