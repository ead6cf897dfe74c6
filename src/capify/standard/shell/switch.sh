# In one go, without waiting for anybody.
enter
publish
