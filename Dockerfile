FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/showup
COPY requirements.lock ./
RUN /opt/showup/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY . .
RUN /opt/showup/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/showup showup
COPY --from=build /opt/showup /opt/showup
ENV PATH=/opt/showup/bin:$PATH PYTHONUNBUFFERED=1
USER showup
WORKDIR /var/lib/showup
EXPOSE 8000
CMD ["showup", "serve", "--host", "0.0.0.0", "--port", "8000"]
