// Puts the form where this script stands: <script src="https://…/forms/FORM_ID/embed.js" async></script>
(() => {
  const script = document.currentScript;
  const source = new URL(script.src);
  const frame = document.createElement("iframe");
  frame.src = `${source.origin}/forms/FORM_ID?embed`;
  frame.title = script.dataset.title || "Form";
  frame.loading = "lazy";
  frame.style.cssText = "width:100%;height:900px;border:0";
  addEventListener("message", (message) => {
    const height = message.data && message.data.handoffFormHeight;
    if (message.source === frame.contentWindow && message.origin === source.origin && height > 0) {
      frame.style.height = `${Math.ceil(height)}px`;
    }
  });
  script.after(frame);
})();
