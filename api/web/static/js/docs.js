// Starts Swagger UI, which vendor/swagger brought along, on this server's own description.
window.SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null });
