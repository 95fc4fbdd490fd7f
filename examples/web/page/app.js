// The page shows text with textContent only, so nothing that a bot or a visitor writes
// becomes markup. It keeps its state in sessionStorage: one conversation a tab.

const $ = (selector, root = document) => root.querySelector(selector);
const say = (text) => { $("#status").textContent = text; };
let leaving = false;
addEventListener("pagehide", () => { leaving = true; });
addEventListener("pageshow", () => { leaving = false; });

function make(tag, className, text, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

// picture returns an image, or nothing for an address that is not http or https.
function picture(address, alt) {
  const url = URL.parse(address, location.href);
  if (!url || !["https:", "http:"].includes(url.protocol)) return [];
  const image = make("img");
  image.src = url.href;
  image.alt = alt;
  return [image];
}

// events yields the server-sent events of a response.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
      const field = (name) => buffer.slice(0, end).split("\n").find((l) => l.startsWith(name + ": "))?.slice(name.length + 2);
      if (field("data")) yield { id: Number(field("id") ?? 0), ...JSON.parse(field("data")) };
    }
  }
}

// Failure is an error in words for the visitor.
class Failure extends Error {
  constructor(text, { maybeSent = false, lost = false } = {}) { super(text); Object.assign(this, { maybeSent, lost }); }
}

class Chat {
  constructor(product) {
    this.product = product;
    this.panel = $("#panel").content.cloneNode(true).firstElementChild;
    this.log = $(".transcript", this.panel);
    this.text = $("textarea", this.panel);
    this.files = [];
    this.log.setAttribute("aria-label", `Messages with ${product.name}`);
    this.text.maxLength = product.maxLength;
    $(".attach", this.panel).hidden = !product.attachments;
    $("form", this.panel).addEventListener("submit", (e) => { e.preventDefault(); this.submit(); });
    $(".stop", this.panel).addEventListener("click", () => this.abort.abort());
    $("input", this.panel).addEventListener("change", (e) => { for (const f of e.target.files) this.attach(f); e.target.value = ""; });
    // Enter sends and Shift+Enter does not, also with the keyboard of a phone or an input method.
    let shift = false;
    this.text.addEventListener("keydown", (e) => { shift = e.shiftKey; });
    this.text.addEventListener("beforeinput", (e) => {
      if (e.inputType === "insertLineBreak" && !shift) { e.preventDefault(); this.submit(); }
    });
    this.state = JSON.parse(sessionStorage.getItem(product.id)) ?? { messages: [], conversation: "" };
    for (const message of this.state.messages) this.draw(message);
    this.disableButtons(this.state.messages.length - 1);
    if (!this.state.asked || this.state.messages.at(-1)?.retry) return;
    if (this.state.run) this.follow();
    else this.fail(new Failure("The page was reloaded before the answer was complete."));
  }

  save() { sessionStorage.setItem(this.product.id, JSON.stringify(this.state)); }

  add(message) {
    this.state.messages.push(message);
    this.draw(message);
    this.save();
    return message;
  }

  // draw shows a message. A message that has been drawn is drawn again in its place.
  draw(message) {
    const { from, text, image, cards = [], buttons = [], sources = [], retry } = message;
    const name = from === "you" ? "You: " : from === "bot" ? `${this.product.name}: ` : "";
    const press = (b) => {
      const element = make("button", "", b.title);
      element.type = "button";
      element.addEventListener("click", () => this.send({ text: b.text, goto: b.goto }, b.title));
      return element;
    };
    const element = make("article", `message ${from}`, "", make("span", "unseen", name));
    if (text || message.waiting) element.append(make("div", "bubble", text));
    if (image) element.append(...picture(image, "A picture from the bot"));
    if (cards.length) {
      element.append(make("div", "cards", "", ...cards.map((c) => make("section", "card", "", ...picture(c.image, ""),
        make("div", "", "", make("h2", "", c.title), make("p", "", c.subtitle), make("div", "buttons", "", ...(c.buttons ?? []).map(press)))))));
    }
    if (buttons.length) element.append(make("div", "buttons", "", ...buttons.map(press)));
    if (sources.length) {
      element.append(make("details", "", "", make("summary", "", `Sources (${sources.length})`),
        make("ul", "", "", ...sources.map((s) => make("li", "", "", make("strong", "", s.name), ` ${s.text ?? ""}`)))));
    }
    if (retry) {
      const again = make("button", "", retry);
      again.type = "button";
      again.addEventListener("click", () => this.retry());
      element.append(make("div", "buttons", "", again));
    }
    element.classList.toggle("waiting", !!message.waiting);
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    const index = this.state.messages.indexOf(message);
    if (this.log.children[index]) this.log.children[index].replaceWith(element);
    else this.log.append(element);
    if (atEnd || from === "you") this.log.scrollTop = this.log.scrollHeight;
  }

  disableButtons(before) {
    [...this.log.children].slice(0, before).forEach((m) => m.querySelectorAll("button").forEach((b) => { b.disabled = true; }));
  }

  submit() {
    const text = this.text.value.trim();
    if (!text || this.abort || this.files.some((f) => f.loading)) return;
    const files = this.files.filter((f) => !f.failed);
    this.text.value = "";
    this.files = [];
    $(".files", this.panel).replaceChildren();
    this.send({ text, attachments: files.map((f) => f.id).filter(Boolean) }, [text, ...files.map((f) => `📎 ${f.name}`)].join("\n"));
  }

  // send asks a question, which appears as shown in the transcript.
  send(question, shown) {
    if (this.abort) return;
    if (shown) this.add({ from: "you", text: shown });
    this.disableButtons();
    Object.assign(this.state, { asked: question, run: "", last: 0 });
    return this.ask();
  }

  ask() {
    return this.receive((signal) => fetch(`/api/${this.product.id}/ask`, {
      method: "POST", signal, headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...this.state.asked, conversation: this.state.conversation }),
    }));
  }

  follow(tries) {
    return this.receive((signal) => fetch(`/api/${this.product.id}/runs/${this.state.run}`, { signal, headers: { "Last-Event-ID": this.state.last } }), tries);
  }

  // retry takes the answer up where it was if that is possible, and asks again if not.
  retry() {
    const { messages, run } = this.state;
    messages.pop();
    if (!run) while (messages.length && messages.at(-1).from !== "you") messages.pop();
    while (this.log.children.length > messages.length) this.log.lastChild.remove();
    this.text.focus();
    return run ? this.follow() : this.ask();
  }

  // receive shows an answer. If the connection is lost, it takes the answer up to three times
  // more where it was, if that is possible.
  async receive(open, tries = 0) {
    const abort = this.abort = new AbortController();
    this.busy(true);
    let failure = new Failure("The server of this page cannot be reached.", { maybeSent: true, lost: true });
    try {
      const response = await open(abort.signal);
      failure = new Failure("The connection was lost before the answer was complete.", { lost: true });
      if (!response.ok) throw new Failure((await response.json().catch(() => ({}))).text ?? "This answer is no longer available.");
      for await (const event of events(response.body)) if (this.show(event)) return this.finish();
    } catch (error) {
      if (error instanceof Failure) failure = error;
      else if (!abort.signal.aborted && !(error instanceof TypeError)) throw error;
    }
    const again = failure.lost && this.state.run && tries < 3;
    if (again && !leaving && !abort.signal.aborted) {
      await new Promise((resolve) => { setTimeout(resolve, 500 * 2 ** tries); abort.signal.onabort = resolve; });
    }
    if (leaving || this.abort !== abort) return;
    if (abort.signal.aborted) return this.finish(this.state.run ? "Stopped. The bot may go on without you." : "Stopped.");
    return again ? this.follow(tries + 1) : this.fail(failure);
  }

  // show shows an event. It reports whether it was the last one.
  show(event) {
    const { type, id, text = "", ...rest } = event;
    if (id) this.state.last = id;
    switch (type) {
      case "start":
        this.state.conversation = event.conversation;
        this.state.run = event.run ?? "";
        break;
      case "message":
        this.drop();
        this.add({ from: "bot", text, ...rest });
        say(text);
        this.open();
        break;
      case "text":
        this.draw(Object.assign(this.open(), { text: this.open().text + text }));
        break;
      case "done":
        if (text) this.open().text = text;
        Object.assign(this.open(), rest);
        return true;
      case "error":
        throw new Failure(text, event);
    }
    this.save();
    return false;
  }

  // open returns the message that waits for more, and begins one if there is none.
  open() {
    const last = this.state.messages.at(-1);
    return last?.waiting ? last : this.add({ from: "bot", text: "", waiting: true });
  }

  // drop removes the message that waits if nothing came.
  drop() {
    const last = this.state.messages.at(-1);
    if (!last?.waiting) return;
    last.waiting = false;
    if (last.text) return this.draw(last);
    this.state.messages.pop();
    this.log.lastChild.remove();
  }

  finish(note) {
    const last = this.state.messages.at(-1);
    this.drop();
    if (note) this.add({ from: "note", text: note });
    this.state.asked = null;
    this.settle(note ?? last?.text ?? "");
  }

  fail(failure) {
    const { run } = this.state;
    const doubt = run ? " Your message may have arrived." : " Your message may have arrived. If you send it again, it may be answered twice.";
    const text = failure.message + (failure.maybeSent ? doubt : "");
    this.drop();
    this.add({ from: "failed", text, retry: run ? "Look for the answer" : failure.maybeSent ? "Send again anyway" : "Try again" });
    this.settle(text);
  }

  settle(text) {
    this.abort = null;
    this.busy(false);
    this.save();
    say(text);
  }

  busy(busy) {
    const stop = $(".stop", this.panel), send = $(".send", this.panel);
    const hadFocus = [stop, send].includes(document.activeElement);
    stop.hidden = !busy;
    send.hidden = busy;
    this.log.setAttribute("aria-busy", busy);
    if (hadFocus) this.text.focus();
    if (!busy) return;
    this.open();
    say(`${this.product.name} is answering.`);
  }

  // attach uploads a file. XMLHttpRequest reports the progress, which fetch does not.
  attach(chosen) {
    const entry = { name: chosen.name, loading: true };
    const bar = make("progress"), remove = make("button", "", "Remove"), item = make("li", "", chosen.name, bar, remove);
    bar.setAttribute("aria-label", `Upload of ${chosen.name}`);
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove ${chosen.name}`);
    this.files.push(entry);
    $(".files", this.panel).append(item);
    const request = new XMLHttpRequest();
    const end = (failure, answer = {}) => {
      entry.loading = false;
      entry.failed = failure;
      entry.id = answer.id;
      if (answer.conversation) this.state.conversation = answer.conversation;
      bar.replaceWith(make("span", failure ? "bad" : "", failure || "ready"));
      say(`${chosen.name}: ${failure || "ready"}`);
      this.save();
    };
    remove.addEventListener("click", () => {
      request.abort();
      this.files = this.files.filter((f) => f !== entry);
      item.remove();
      this.text.focus();
    });
    request.upload.addEventListener("progress", (e) => { bar.max = e.total; bar.value = e.loaded; });
    request.addEventListener("load", () => end(request.status === 200 ? "" : request.response?.text ?? "The upload failed.", request.response ?? {}));
    request.addEventListener("error", () => end("The upload failed."));
    request.responseType = "json";
    request.open("POST", `/api/${this.product.id}/attachments?${new URLSearchParams({ name: chosen.name, conversation: this.state.conversation })}`);
    request.send(chosen);
  }

  restart() {
    this.abort?.abort();
    this.state = { messages: [], conversation: "" };
    this.log.replaceChildren();
    this.settle("");
    this.begin();
  }

  // begin has a bot that greets do so.
  begin() {
    if (this.product.greets && !this.state.messages.length) this.send({}, "");
    this.text.focus();
  }
}

const chats = (await (await fetch("/api/products")).json()).map((product) => new Chat(product));

function choose(chosen) {
  chats.forEach((chat) => {
    chat.panel.hidden = chat !== chosen;
    chat.tab.setAttribute("aria-selected", chat === chosen);
    chat.tab.tabIndex = chat === chosen ? 0 : -1;
  });
  sessionStorage.setItem("chosen", chosen.product.id);
  chosen.log.scrollTop = chosen.log.scrollHeight;
}

chats.forEach((chat, i) => {
  const { id, name } = chat.product;
  chat.tab = make("button", "", name);
  Object.assign(chat.tab, { type: "button", role: "tab", id: `tab-${id}` });
  chat.panel.id = `panel-${id}`;
  chat.tab.setAttribute("aria-controls", chat.panel.id);
  chat.panel.setAttribute("aria-labelledby", chat.tab.id);
  chat.tab.addEventListener("click", () => { choose(chat); chat.begin(); });
  chat.tab.addEventListener("keydown", (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const next = chats.at((i + step) % chats.length);
    choose(next);
    next.tab.focus();
    if (next.product.greets && !next.state.messages.length) next.send({}, "");
  });
  $("#tabs").append(chat.tab);
  $("#panels").append(chat.panel);
});
const chosen = chats.find((chat) => chat.product.id === sessionStorage.getItem("chosen")) ?? chats[0];
choose(chosen);
chosen.begin();
$("#restart").addEventListener("click", () => chats.find((chat) => !chat.panel.hidden).restart());
