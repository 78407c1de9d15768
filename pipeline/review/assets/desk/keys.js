// The keyboard: single letters while no field is being typed in; they can be switched off in the help sheet.
const typing = (node) => node.closest?.("input:not([type=checkbox]), textarea, select");

export function bind(commands) {
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const field = typing(event.target);
    if (event.key === "Escape") {
      commands.escape(field, event);
      return;
    }
    if (field) {
      commands.inField(event, field);
      return;
    }
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      commands.u();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !document.getElementById("keys-on").checked) return;
    const digit = /^Digit([1-9])$/.exec(event.code);
    if (digit) {
      event.preventDefault();
      commands.digit(Number(digit[1]), event.shiftKey ? "document" : "occurrence");
      return;
    }
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const command = commands[{ "/": "search", "?": "help", Enter: "e", ArrowDown: "j", ArrowUp: "k" }[event.key] ?? event.key];
    if (!command || ["escape", "inField", "digit"].includes(event.key)) return;
    if (event.key.startsWith("Arrow") && !event.target.closest(".row")) return;
    event.preventDefault();
    command();
  });
}
