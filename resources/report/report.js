"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const player = new Audio();
  let playing = null;

  const draw = (button, on) => {
    const turn = button.getAttribute("aria-label").replace(/^(Play|Stop)/, "");
    button.setAttribute("aria-label", (on ? "Stop" : "Play") + turn);
    button.querySelector("use").setAttribute("href", on ? "#i-stop" : "#i-play");
    button.classList.toggle("on", on);
    button.style.setProperty("--played", "0%");
  };
  const stop = () => {
    player.pause();
    if (playing) draw(playing, false);
    playing = null;
  };
  const play = (button) => {
    stop();
    playing = button;
    draw(button, true);
    player.src = button.dataset.src;
    player.play().catch(stop);
  };
  player.addEventListener("ended", stop);
  player.addEventListener("timeupdate", () => {
    if (playing && player.duration) {
      const share = (100 * player.currentTime) / player.duration;
      playing.style.setProperty("--played", share.toFixed(1) + "%");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
  });

  const value = (row, column) => {
    const cell = row.cells[column];
    const told = cell.dataset.v === undefined ? cell.innerText.trim() : cell.dataset.v;
    const plain = told.replace(/\u202f/g, "").replace("\u2212", "-").replace(/^\$/, "");
    if (plain === "" || plain === "\u2013" || plain === "unpriced") return null;
    const number = Number(plain);
    return Number.isNaN(number) ? plain : number;
  };
  const compare = (one, other, sign) => {
    if (one === null || other === null) return (one === null) - (other === null);
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * String(one).localeCompare(String(other));
  };
  const sort = (button) => {
    const head = button.closest("th");
    const body = button.closest("table").tBodies[0];
    const column = head.cellIndex;
    const falling = head.getAttribute("aria-sort") === "ascending";
    for (const each of head.parentElement.cells) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const rows = [...body.rows].map((row, place) => ({ row, place, key: value(row, column) }));
    rows.sort((a, b) => compare(a.key, b.key, falling ? -1 : 1) || a.place - b.place);
    body.append(...rows.map((each) => each.row));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("sort")) sort(button);
    else if (button === playing) stop();
    else if (button.classList.contains("play")) play(button);
  });
})();
