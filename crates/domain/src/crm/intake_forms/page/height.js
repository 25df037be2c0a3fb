// Tells the page around an embedded form how high the form is.
(() => {
  const tell = () => parent.postMessage({ handoffFormHeight: document.documentElement.scrollHeight }, "*");
  new ResizeObserver(tell).observe(document.body);
  tell();
})();
