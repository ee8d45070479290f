# Orkestra as a distroless container: one executable, no shell, not root, read-only root.
#
#   npm run build && docker build -t orkestra .
#
# `npm run build` makes dist/ork for the machine it runs on; for another platform:
#   npm run build -- --target bun-linux-arm64
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="orkestra" \
      org.opencontainers.image.description="A runtime for Kubernetes APIs" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --chmod=0555 dist/ork /usr/local/bin/ork
USER 65532:65532
WORKDIR /katalog
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/ork"]
CMD ["run", "-f", "/katalog"]
