// The reference of the JSON API: swagger-ui, which stands on the page already, shows our OpenAPI document.
const place = document.getElementById('api-docs');

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  persistAuthorization: false,
  validatorUrl: null,
});
