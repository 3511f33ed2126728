// The board refreshes itself, but never under somebody's hand: not while a row is open or a field has the focus.
document.addEventListener("htmx:beforeRequest", (event) => {
  const board = event.target;
  if (board.id !== "board") return;
  const used = board !== document.activeElement && board.contains(document.activeElement);
  if (used || board.querySelector("details[open]")) event.preventDefault();
});
// When the network is gone or the session has ended, the board stays as it is and says that it is old.
const old = () => document.getElementById("board")?.classList.add("unreachable");
document.addEventListener("htmx:sendError", old);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "board" || event.detail.xhr.responseText.includes('id="board"')) return;
  event.detail.shouldSwap = false;
  old();
});
