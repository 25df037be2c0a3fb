// A browser, as far as signing in needs one: cookies by origin, redirects, and the forms of the provider's pages.

export class Browser {
  jars = new Map();
  csrf = "";

  async send(address, { method = "GET", json, form } = {}) {
    const url = new URL(address);
    const jar = this.jars.get(url.origin) ?? new Map();
    this.jars.set(url.origin, jar);
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") };
    if (json) headers["content-type"] = "application/json";
    if (method !== "GET" && this.csrf) headers["x-csrf-token"] = this.csrf;
    const body = json ? JSON.stringify(json) : form && new URLSearchParams(form);
    const answer = await fetch(url, { method, headers, body, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [pair] = set.split(";");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const isOver = /max-age=0|expires=Thu, 01 Jan 1970/i.test(set);
      if (isOver) jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }

  /** Follows redirects from an address, up to where `until` says; the last address and its answer. */
  async follow(address, until = () => false) {
    for (let hops = 0; hops < 20; hops += 1) {
      if (until(address)) return { address };
      const answer = await this.send(address);
      const next = answer.headers.get("location");
      if (!next) return { address, answer, text: await answer.text() };
      address = new URL(next, address).href;
    }
    throw new Error(`redirected for ever at ${address}`);
  }

  /** Reads the session that the program's cookie stands for. */
  async session(program) {
    const answer = await this.send(`${program}/v1/session`);
    const session = await answer.json();
    this.csrf = session.csrf_token ?? "";
    return session;
  }
}
