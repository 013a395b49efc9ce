# docker build --tag drason .      docs/deploy.md says how to run it.

# Node 22, not 24: better-sqlite3 12, compiled where no prebuilt binary fits, needs care on Node 24.19 and later
# (docs/decisions/0006).
FROM node:22-slim AS build
WORKDIR /app
# For the case that there is no prebuilt better-sqlite3 for this platform.
RUN apt-get update && apt-get install --yes --no-install-recommends g++ make python3
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund && npm rebuild better-sqlite3
COPY tsconfig.json build.js ./
COPY packaging packaging
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/build/Release/obj*

FROM node:22-slim
ENV NODE_ENV=production \
    DRASON_RULES=/etc/drason/rules.yaml \
    DRASON_DB=/data/drason.db \
    XDG_DATA_HOME=/data
WORKDIR /app
COPY package.json rules.example.yaml ./
COPY assets assets
COPY bin/drason.js bin/
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/bin/drason.js /usr/local/bin/drason && install --directory --mode=0700 --owner=node --group=node /data
# The user "node", as a number: orchestrators that insist on "not root" cannot look names up.
USER 1000:1000
VOLUME /data
EXPOSE 3001
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3001/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No shell in between: SIGTERM reaches node, which settles what is in flight (half a minute at most) and ends.
ENTRYPOINT ["node", "/app/bin/drason.js"]
CMD ["serve", "--host", "0.0.0.0"]
