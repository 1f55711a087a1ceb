// Starts Swagger UI on the page "Try it". The token is taken from the page, and is kept nowhere else.
"use strict";

const place = document.getElementById("swagger");
const dark = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

dark.addEventListener("change", follow);
follow();

const swagger = SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: -1,
  docExpansion: "list",
  filter: true,
  // The page says it already.
  plugins: [() => ({ components: { InfoContainer: () => null } })],
  onComplete() {
    if (place.dataset.token) swagger.preauthorizeApiKey(place.dataset.scheme, place.dataset.token);
  },
});
