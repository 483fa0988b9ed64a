// Renders our OpenAPI document with Swagger UI, which the page has already loaded.
const dark = matchMedia('(prefers-color-scheme: dark)');
const followTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
followTheme();
dark.addEventListener('change', followTheme);

const container = document.getElementById('api-docs');

window.SwaggerUIBundle({
  domNode: container,
  url: container.dataset.document,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  persistAuthorization: false,
  validatorUrl: null,
});
