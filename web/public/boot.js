// Sets theme and language before the first paint, so that nothing flashes. Kept out of the page
// itself because inline scripts are refused by the Content-Security-Policy.
(function () {
  var root = document.documentElement;
  var read = function (key) { try { return localStorage.getItem(key); } catch (_) { return null; } };
  var theme = read('metel.theme');
  if (theme !== 'light' && theme !== 'dark') theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  var lang = read('metel.lang');
  if (lang !== 'ko' && lang !== 'en') lang = /^ko\b/i.test(navigator.language || '') ? 'ko' : 'en';
  root.dataset.theme = theme;
  root.lang = lang;
})();
